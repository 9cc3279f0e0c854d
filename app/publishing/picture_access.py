"""Who may see which file of a picture."""

from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Membership, User
from app.core.database import db
from app.generation.models import Asset
from app.publishing.models import Page
from app.publishing.states import PageState


def may_see_everything(user: User | None, asset: Asset) -> bool:
    """Members of its workspace, and staff, who review pages of all workspaces."""
    if user is None:
        return False
    return user.is_staff or is_member(user.id, asset.workspace_id)


def is_member(user_id: UUID, workspace_id: UUID) -> bool:
    """Live membership, whichever workspace is being looked at."""
    membership = select(Membership.user_id).where(
        Membership.user_id == user_id, Membership.workspace_id == workspace_id
    )
    return db.session.execute(membership).first() is not None


def is_public(asset_id: UUID) -> bool:
    """Whether a published page shows it."""
    shown = select(Page.id).where(Page.asset_id == asset_id, Page.state == PageState.PUBLISHED).limit(1)
    return db.session.execute(shown).first() is not None
