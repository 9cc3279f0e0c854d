"""The right to write a page: taken by a guarded UPDATE, and looked at again before each step."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, update

from app.accounts.models import Workspace
from app.core.database import db_now, transaction
from app.generation.studio import studio
from app.publishing.asked import MODERATE_SECONDS
from app.publishing.holds import must_be_moderated
from app.publishing.mark_check import READ_BACK_SECONDS
from app.publishing.models import Page
from app.publishing.picture import READ_SECONDS, best_size
from app.publishing.states import Hold, PageState, Step
from app.publishing.tags import known_tags

SPARE_SECONDS = 20.0
"""For the database, and for a silence of the store that had begun."""
MOST_WAITS = 5
"""So often a page waits for an account that is at its limit; then a person decides."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write one page, and all that is needed for it.

    `moderates`: whether the picture has to be judged first; `writes`: whether a text is wanted.
    """

    page_id: UUID
    attempt: int
    prompt: str
    generator: str
    key: str
    media_type: str
    language: str
    known_tags: tuple[str, ...]
    moderates: bool
    writes: bool


def claim_time() -> timedelta:
    """More than reading the picture, asking moderator and writer and reading the sizes back may take together."""
    asking = MODERATE_SECONDS + studio().settings.writer_seconds
    return timedelta(seconds=READ_SECONDS + asking + READ_BACK_SECONDS + SPARE_SECONDS)


def claim_page(page_id: UUID) -> Claim | None:
    """The sweep frees a lapsed claim, and counts it: a page must not kill workers for ever."""
    with transaction() as session:
        until = db_now() + claim_time()
        taken = session.execute(
            update(Page)
            .where(Page.id == page_id, Page.state == PageState.PROCESSING, Page.claimed_until.is_(None))
            .values(attempt=Page.attempt + 1, claimed_until=until, dispatched_until=None, step=Step.READING)
            .returning(Page.attempt)
        ).scalar_one_or_none()
        if taken is None:
            return None
        page = session.get_one(Page, page_id, populate_existing=True)
        workspace = session.get_one(Workspace, page.workspace_id)
        key, media_type = best_size(page.asset)
        return Claim(
            page_id=page_id,
            attempt=taken,
            prompt=page.prompt,
            generator=page.generator,
            key=key,
            media_type=media_type,
            language=workspace.writing_language,
            known_tags=known_tags(),
            moderates=must_be_moderated(page),
            writes=not (page.held_for == Hold.UNMODERATED and page.title and page.failure is None),
        )


def begin_step(claim: Claim, step: Step) -> bool:
    """Note what is done now, for the people who watch; False when the page is another attempt's."""
    return _update(claim, step=step)


def postpone(claim: Claim, seconds: float) -> bool:
    """Give the page back until the writer's account has room; False when it has waited too often already."""
    return _update(
        claim,
        Page.waits < MOST_WAITS,
        claimed_until=None,
        step=None,
        waits=Page.waits + 1,
        dispatched_until=db_now() + timedelta(seconds=max(1.0, seconds)),
    )


def _update(claim: Claim, *where: Any, **values: Any) -> bool:
    with transaction() as session:
        result = session.execute(
            update(Page)
            .where(
                Page.id == claim.page_id,
                Page.state == PageState.PROCESSING,
                Page.attempt == claim.attempt,
                Page.claimed_until.is_not(None),
                *where,
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    return isinstance(result, CursorResult) and result.rowcount == 1
