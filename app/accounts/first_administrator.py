"""The first account of a new installation."""

from sqlalchemy import exists, select

from app.accounts.models import Role, User
from app.accounts.users import LOCK, Added, NewUser, draft_user, save_user
from app.accounts.workspaces import save_member, save_workspace
from app.audit.record import Actor
from app.core.database import db, end_read, lock_for, transaction
from app.core.errors import BadInput, ConfigurationError
from app.core.settings import Settings

WORKSPACE = "Studio"
OPERATOR = Actor(user_id=None, address="cli")


def ensure_first_administrator(settings: Settings) -> tuple[str, str] | None:
    """Where nobody has an account yet: make the workspace and its owner, who is staff; answers e-mail and password.

    None when there are accounts already, also when another process was quicker.
    Raises ConfigurationError when the configured address or password cannot be one.
    """
    if _has_users():
        end_read()
        return None
    draft = _draft(settings)
    with transaction():
        lock_for(LOCK)
        if _has_users():
            return None
        _save(draft)
    return draft.user.email, draft.password


def _has_users() -> bool:
    return bool(db.session.scalar(select(exists().where(User.id.is_not(None)))))


def _draft(settings: Settings) -> Added:
    password = settings.admin_password.get_secret_value() if settings.admin_password else None
    try:
        return draft_user(NewUser(email=settings.admin_email, password=password, is_staff=True))
    except BadInput as error:
        raise ConfigurationError(
            f"PROOFSHEET_ADMIN_EMAIL, PROOFSHEET_ADMIN_PASSWORD: the first account cannot be made. {error.message}"
        ) from error


def _save(draft: Added) -> None:
    added = save_user(draft, OPERATOR)
    workspace = save_workspace(WORKSPACE, OPERATOR)
    save_member(workspace.id, added.user, Role.OWNER, OPERATOR)
