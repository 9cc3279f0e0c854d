"""The web process: `gunicorn app.wsgi:app`."""

from app import create_app
from app.core.queue import install_sender
from app.core.settings import load_settings

settings = load_settings()
install_sender(settings.redis_url)
app = create_app(settings)
