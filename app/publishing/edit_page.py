"""Change what a page says, and with that complete and publish it, or take it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.audit.record import Actor, record
from app.core.database import db_now, transaction
from app.core.errors import BadInput, Conflict, NotAllowed
from app.generation.moves import touch_image
from app.publishing.models import Page
from app.publishing.queries import get_page, lock_page
from app.publishing.slug import take_slug, until_no_race
from app.publishing.states import PageState
from app.publishing.tags import tags_named
from app.writing.limits import DESCRIPTION, TAGS, TITLE, clean


class After(StrEnum):
    """What happens to the page once its text is saved."""

    KEEP = "save"
    """It stays as it is."""
    PUBLISH = "publish"
    """It is complete: everybody can see it."""
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
    return until_no_race(lambda: _save(page_id, image_id, checked, after, actor=actor, is_staff=is_staff))


def _save(page_id: UUID, image_id: UUID, text: Text, after: After, *, actor: Actor, is_staff: bool) -> Page:
    with transaction():
        touch_image(image_id)
        page = lock_page(page_id)
        if page is None or page.state in {PageState.PROCESSING, PageState.TRASHED}:
            raise Conflict("This page cannot be edited now: it is being written, or in the trash.")
        page.tags = tags_named(text.tags)
        page.title, page.description, page.updated_at = text.title, text.description, db_now()
        take_slug(page, page.title)
        _move(page, after, is_staff=is_staff)
        record(actor, f"page.{_deed(after)}", workspace_id=page.workspace_id, subject_id=page_id)
        return page


def _deed(after: After) -> str:
    return {After.KEEP: "edited", After.PUBLISH: "published", After.DRAFT: "withdrawn"}[after]


def _move(page: Page, after: After, *, is_staff: bool) -> None:
    """Held pages are moved by staff alone: a violation was found in them."""
    to = {After.PUBLISH: PageState.PUBLISHED, After.DRAFT: PageState.DRAFT}.get(after)
    if to is None or to == page.state:
        return
    if page.state == PageState.HELD and not is_staff:
        raise NotAllowed("This page is held until staff have looked at it. The text can be saved in the meantime.")
    if to == PageState.PUBLISHED:
        page.published_at = page.published_at or db_now()
        page.visibility = "public"
    page.review_reason = page.refused_at = None
    page.move_to(to)


def _check(text: Text) -> Text:
    """The text within its limits. Raises BadInput with every problem."""
    title, description = " ".join(text.title.split()), " ".join(text.description.split())
    tags = tuple(dict.fromkeys(name.strip() for name in text.tags if name.strip()))
    known = {tag.name for tag in tags_named(tags)}
    problems = [
        *(["A page needs a title."] if not clean(title, TITLE) else []),
        *([f"The title may have {TITLE} characters; this one has {len(title)}."] if len(title) > TITLE else []),
        *(
            [f"The description may have {DESCRIPTION} characters; this one has {len(description)}."]
            if len(description) > DESCRIPTION
            else []
        ),
        *([f"A page may have {TAGS} tags; these are {len(tags)}."] if len(tags) > TAGS else []),
        *(f"“{clean(name, 40)}” is not a known tag." for name in tags if name not in known),
    ]
    if problems:
        raise BadInput(problems)
    return Text(clean(title, TITLE), clean(description, DESCRIPTION), tags)
