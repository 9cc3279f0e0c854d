"""Change what a page says, and with that complete and publish it, or take it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.audit.record import Actor, record
from app.core.database import db_now, transaction
from app.core.errors import BadInput, Conflict, NotAllowed
from app.core.queue import ActorName, enqueue
from app.generation.moves import touch_image
from app.publishing.hold_unmarked import mark_held
from app.publishing.holds import NEVER, STAYS_HELD, must_be_moderated
from app.publishing.mark_check import problem_with_page
from app.publishing.models import AT_ONCE, Page
from app.publishing.public_names import move_page
from app.publishing.publish import MESSAGE_WAIT
from app.publishing.queries import get_page, lock_page
from app.publishing.slug import take_slug, until_no_race
from app.publishing.states import Hold, PageState
from app.publishing.tags import tags_named
from app.publishing.tell import tell_decision
from app.writing.limits import DESCRIPTION, TAGS, TITLE, clean

WAITS = frozenset({PageState.NEEDS_REVIEW, PageState.HELD})


class After(StrEnum):
    """What happens to the page once its text is saved."""

    KEEP = "save"
    """It stays as it is."""
    PUBLISH = "publish"
    """It is complete: everybody can see it."""
    COMPLETE = "complete"
    """It is complete, or staff approve it: it becomes what its author chose in the publish panel."""
    DRAFT = "draft"
    """The workspace alone can see it."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a person typed. Tags are names; those that are not known are a problem, not a new tag."""

    title: str
    description: str
    tags: Sequence[str]


def edit_page(
    page_id: UUID, text: Text, after: After, *, workspace_id: UUID | None, actor: Actor, is_staff: bool = False
) -> Page:
    """Save the text, then publish the page, make it a draft, or leave its state.

    `workspace_id` None looks in all workspaces, for staff. Raises NotThere, BadInput with every problem, Conflict for a
    page that is being written or in the trash, NotAllowed when a held page is to be published by anybody but staff.
    """
    image_id = get_page(page_id, workspace_id).image_id
    checked = _check(text)
    unmarked = problem_with_page(page_id) if after in {After.PUBLISH, After.COMPLETE} else None
    return until_no_race(
        lambda: _save(page_id, image_id, checked, after, unmarked=unmarked, actor=actor, is_staff=is_staff)
    )


def withdraw_page(page_id: UUID, *, workspace_id: UUID | None, actor: Actor) -> Page:
    """A published page becomes a draft, and stays what it says. Raises NotThere, Conflict."""
    image_id = get_page(page_id, workspace_id).image_id
    with transaction():
        touch_image(image_id)
        page = lock_page(page_id)
        if page is None or page.state != PageState.PUBLISHED:
            raise Conflict("Only a published page can be unpublished.")
        _move(page, After.DRAFT, actor=actor, is_staff=False)
        return page


def approve_page(page_id: UUID, *, actor: Actor) -> Page:
    """Staff decide that a held page may be seen as its author chose. Raises NotThere, Conflict, NotAllowed."""
    image_id = get_page(page_id, None).image_id
    unmarked = problem_with_page(page_id)
    with transaction():
        touch_image(image_id)
        page = lock_page(page_id)
        if page is None or page.state != PageState.HELD:
            raise Conflict("Only a held page can be approved.")
        _move(page, After.COMPLETE, unmarked=unmarked, actor=actor, is_staff=True)
        return page


def _save(
    page_id: UUID, image_id: UUID, text: Text, after: After, *, unmarked: str | None, actor: Actor, is_staff: bool
) -> Page:
    with transaction():
        touch_image(image_id)
        page = lock_page(page_id)
        if page is None or page.state in {PageState.PROCESSING, PageState.TRASHED}:
            raise Conflict("This page cannot be edited now: it is being written, or in the trash.")
        page.tags = tags_named(text.tags)
        page.title, page.description, page.updated_at = text.title, text.description, db_now()
        take_slug(page, page.title)
        page.names_due_at = AT_ONCE if page.state == PageState.PUBLISHED else page.names_due_at
        if after == After.KEEP:
            record(actor, "page.edited", workspace_id=page.workspace_id, subject_id=page_id)
        else:
            _move(page, after, unmarked=unmarked, actor=actor, is_staff=is_staff)
        return page


def _move(page: Page, after: After, *, actor: Actor, is_staff: bool, unmarked: str | None = None) -> None:
    deed = _deed(page, after)
    if after == After.DRAFT:
        _to_draft(page)
    else:
        _complete(page, after, actor=actor, unmarked=unmarked, is_staff=is_staff)
    record(actor, deed, workspace_id=page.workspace_id, subject_id=page.id, state=page.state)


def _deed(page: Page, after: After) -> str:
    if after == After.DRAFT:
        return "page.withdrawn"
    if page.held_for:
        return "page.approved"
    return "page.completed" if page.state == PageState.NEEDS_REVIEW else "page.published"


def _to_draft(page: Page) -> None:
    """From now on it stays one, also when its text is written again."""
    if page.held_for:
        raise NotAllowed(STAYS_HELD)
    page.visibility = "private"
    _leave_review(page)
    if page.state != PageState.DRAFT:
        move_page(page, PageState.DRAFT)


def _complete(page: Page, after: After, *, actor: Actor, unmarked: str | None, is_staff: bool) -> None:
    """Held pages are moved by staff alone, and refused ones by nobody."""
    if page.held_for == Hold.CRITICAL:
        raise NotAllowed(NEVER)
    if page.held_for and not is_staff:
        raise NotAllowed(STAYS_HELD)
    if after == After.PUBLISH:
        page.visibility = "public"
    is_approved, is_completed = bool(page.held_for), page.state == PageState.NEEDS_REVIEW and is_staff
    page.approved_at = db_now() if is_approved else page.approved_at
    if page.state != PageState.PUBLISHED and must_be_moderated(page):
        _have_moderated(page)
    else:
        _leave_review(page)
        _settle(page, unmarked, actor)
    if (is_approved or is_completed) and page.state != PageState.HELD:
        became = ("was approved", "page.approved") if is_approved else ("was completed", "page.completed")
        tell_decision(page, *became)


def _settle(page: Page, unmarked: str | None, actor: Actor) -> None:
    """It becomes what was chosen for it; public only with a picture that says that a model made it."""
    to = PageState.PUBLISHED if page.visibility == "public" else PageState.DRAFT
    if to == PageState.PUBLISHED and unmarked:
        mark_held(page, unmarked, actor)
        return
    if to == PageState.PUBLISHED:
        page.published_at = page.published_at or db_now()
    page.held_for = None
    if page.state != to:
        move_page(page, to)


def _have_moderated(page: Page) -> None:
    """The workspace wants it since then, or nobody could be asked before: the picture is judged, the text stays."""
    page.dispatched_until = db_now() + MESSAGE_WAIT
    page.held_for, page.review_reason, page.failure = Hold.UNMODERATED, None, None
    page.move_to(PageState.PROCESSING)
    page.crashes = page.waits = 0
    enqueue(ActorName.CREATE_PAGE, page.id)


def _leave_review(page: Page) -> None:
    page.review_reason = page.refused_at = page.review_since = page.failure = None


def _check(text: Text) -> Text:
    """The text within its limits. Raises BadInput with every problem."""
    title, description = " ".join(text.title.split()), " ".join(text.description.split())
    tags = tuple(dict.fromkeys(" ".join(name.split()) for name in text.tags if name.strip()))
    problems = [
        *(["A page needs a title."] if not clean(title, TITLE) else []),
        *([f"The title may have {TITLE} characters; this one has {len(title)}."] if len(title) > TITLE else []),
        *(
            [f"The description may have {DESCRIPTION} characters; this one has {len(description)}."]
            if len(description) > DESCRIPTION
            else []
        ),
        *_tag_problems(tags),
    ]
    if problems:
        raise BadInput(problems)
    return Text(clean(title, TITLE), clean(description, DESCRIPTION), tags)


def _tag_problems(tags: Sequence[str]) -> list[str]:
    if len(tags) > TAGS:
        return [f"A page may have {TAGS} tags; these are {len(tags)}."]
    return [f"“{clean(name, 40)}” is not a known tag." for name in tags if not tags_named([name])]
