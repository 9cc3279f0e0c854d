"""The web process: `gunicorn app.wsgi:app`."""

from actors.broker import install_broker
from app import create_app
from app.core.settings import load_settings

settings = load_settings()
install_broker(settings, for_workers=False)
app = create_app(settings)
