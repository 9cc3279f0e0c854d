"""What a workspace chooses for all its pages: their language, and whether every picture is moderated."""

from uuid import UUID

from app.accounts.models import Workspace
from app.audit.record import Actor, record
from app.core.database import transaction
from app.core.errors import BadInput
from app.writing.languages import LANGUAGES


def set_choices(workspace_id: UUID, *, language: str, moderates_all: bool, actor: Actor) -> None:
    """For pages that are written from now on. Raises BadInput for a language that there is not."""
    if language not in LANGUAGES:
        raise BadInput(["Choose one of the languages of the list."])
    with transaction() as session:
        workspace = session.get_one(Workspace, workspace_id, with_for_update=True, populate_existing=True)
        workspace.writing_language, workspace.moderates_all = language, moderates_all
        record(
            actor,
            "workspace.publishing_changed",
            workspace_id=workspace_id,
            subject_id=workspace_id,
            language=language,
            moderates_all=moderates_all,
        )
