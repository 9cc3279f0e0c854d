"""The prompt that takes a refused one's place, once: the prompt's own, else the job's, the workspace's, the site's."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.accounts.models import Workspace
from app.audit.record import Actor, record
from app.core.database import db, transaction
from app.core.errors import BadInput
from app.generation.models import Image, Job
from app.generation.studio import studio
from app.generation.submit import NO_TEXT
from app.prompts.check import check_prompts


class FallbackSource(StrEnum):
    """Whose fallback it is; earlier ones come first."""

    PROMPT = "prompt"
    JOB = "job"
    WORKSPACE = "workspace"
    SITE = "site"


WHOSE: Mapping[str, str] = {
    FallbackSource.PROMPT: "the prompt's own fallback",
    FallbackSource.JOB: "the job's fallback",
    FallbackSource.WORKSPACE: "the workspace's fallback",
    FallbackSource.SITE: "the site's fallback",
}


@dataclass(frozen=True, slots=True)
class Fallback:
    text: str
    source: FallbackSource


def fallback_for(job: Job, image: Image) -> Fallback | None:
    """What is sent instead of a refused prompt; None when one was used already or nobody has written any.

    A fallback that says what has just been refused is passed over.
    """
    if image.used_fallback:
        return None
    texts = {
        FallbackSource.PROMPT: image.fallback_prompt,
        FallbackSource.JOB: job.fallback_prompt,
        FallbackSource.WORKSPACE: db.session.get_one(Workspace, job.workspace_id).fallback_prompt,
        FallbackSource.SITE: studio().settings.fallback_prompt,
    }
    for source, text in texts.items():
        if text.strip() and text.strip() != image.prompt_sent:
            return Fallback(text.strip(), source)
    return None


def whose_fallback(source: str | None) -> str:
    """`the job's fallback`; one that was used before its source was written down is plainly a fallback."""
    return WHOSE.get(source or "", "a fallback prompt")


def set_workspace_fallback(workspace_id: UUID, text: str, actor: Actor) -> None:
    """Keep the fallback prompt of a workspace; an empty text takes it away. Raises BadInput with every problem."""
    plain = text.strip()
    if problems := fallback_problems(plain, max_chars=_what_every_model_takes()):
        raise BadInput(problems)
    with transaction():
        workspace = db.session.get_one(Workspace, workspace_id, with_for_update=True, populate_existing=True)
        if workspace.fallback_prompt == plain:
            return
        workspace.fallback_prompt = plain
        record(actor, "workspace.fallback_changed", workspace_id=workspace_id, subject_id=workspace_id, set=bool(plain))


def fallback_problems(text: str, *, max_chars: int) -> list[str]:
    """Why a text cannot be a fallback prompt; nothing for an empty one."""
    if NO_TEXT.search(text):
        return ["It has characters that cannot be stored."]
    if not text.strip():
        return []
    return check_prompts([text], max_chars=max_chars, blocked_words=studio().blocked_words).problems.get(1, [])


def _what_every_model_takes() -> int:
    return min(model.max_prompt_chars for model in studio().catalogue.models)
