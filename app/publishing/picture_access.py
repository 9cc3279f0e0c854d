"""Who may see which file of a picture."""

from uuid import UUID

from sqlalchemy import select

from app.accounts.sessions import SignedIn
from app.core.database import db
from app.generation.models import Asset
from app.publishing.models import Page
from app.publishing.states import PageState


def may_see_everything(asker: SignedIn | None, asset: Asset) -> bool:
    """Members of its workspace, whichever they look at, and staff, who review pages of all workspaces."""
    if asker is None:
        return False
    return asker.user.is_staff or any(each.workspace_id == asset.workspace_id for each in asker.memberships)


def is_public(asset_id: UUID) -> bool:
    """Whether a published page shows it."""
    shown = select(Page.id).where(Page.asset_id == asset_id, Page.state == PageState.PUBLISHED).limit(1)
    return db.session.execute(shown).first() is not None
