"""The key that signs forms: from the settings, else made once and shared by all hosts through the database."""

import secrets

from app.accounts.models import SiteSecret
from app.core.database import db, lock_for, transaction
from app.core.settings import Settings

SIGNING_KEY = "signing_key"


def secret_key(settings: Settings) -> str:
    """The signing key. Two processes that race agree on what was written first."""
    if settings.secret_key:
        return settings.secret_key.get_secret_value()
    return _stored() or _make()


def _stored() -> str | None:
    found = db.session.get(SiteSecret, SIGNING_KEY, populate_existing=True)
    return found.value if found else None


def _make() -> str:
    with transaction():
        lock_for(f"secret {SIGNING_KEY}")
        present = _stored()
        if present:
            return present
        value = secrets.token_urlsafe(48)
        db.session.add(SiteSecret(name=SIGNING_KEY, value=value))
        return value
