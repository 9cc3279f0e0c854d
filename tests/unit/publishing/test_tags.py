"""Writers choose from the known tags; what they would like to have is for staff to decide."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.core.database import db
from app.core.errors import BadInput, Conflict
from app.publishing.curate_tags import add_tag, approve_tag, merge_tag, retire_tag
from app.publishing.models import Page, Tag
from app.publishing.tag_queries import list_tags
from app.publishing.tag_states import TAG_MOVES, TagState
from app.publishing.tags import known_tags, tags_named
from app.site.queries import tag_called
from tests.services.application import Team
from tests.services.completed import PublishPages, SetWriter, pages_of, written


def names(page: Page) -> list[str]:
    return [tag.name for tag in pages_of(page.job_id)[0].tags]


def tag(name: str) -> Tag:
    return db.session.scalars(select(Tag).where(Tag.name == name)).one()


@pytest.fixture
def page(set_writer: SetWriter, publish_pages: PublishPages) -> Page:
    """A public page whose writer chose two tags and proposed one."""
    set_writer(written(new_tags=("sea spray",)))
    return publish_pages(1)[0]


def test_a_proposed_tag_is_seen_by_staff_alone(page: Page) -> None:
    assert names(page) == ["lighthouse", "ocean"]
    assert "sea spray" not in known_tags()
    assert [(row.tag.name, row.pages) for row in list_tags(TagState.PROPOSED, limit=9)] == [("sea spray", 1)]


def test_approved_it_appears_on_the_pages_it_was_proposed_for(page: Page, team: Team) -> None:
    approve_tag(tag("sea spray").id, team.actor)

    assert names(page) == ["lighthouse", "ocean", "sea spray"]
    assert tag_called("sea-spray").name == "sea spray"


def test_refused_it_is_not_proposed_again(page: Page, team: Team, publish_pages: PublishPages) -> None:
    retire_tag(tag("sea spray").id, team.actor)

    other = publish_pages(("another lighthouse by the sea",))[0]

    assert "sea spray" not in names(other)
    assert list_tags(TagState.PROPOSED, limit=9) == []


def test_a_retired_tag_disappears_and_comes_back_with_its_pages(page: Page, team: Team) -> None:
    retire_tag(tag("ocean").id, team.actor)
    assert names(page) == ["lighthouse"]

    approve_tag(tag("ocean").id, team.actor)
    assert names(page) == ["lighthouse", "ocean"]


def test_merging_moves_the_pages_and_keeps_one_where_a_page_had_both(page: Page, team: Team) -> None:
    merge_tag(tag("ocean").id, "Lighthouse", team.actor)

    assert names(page) == ["lighthouse"]
    assert [each.name for each in tags_named(["Ocean"])] == ["lighthouse"]
    assert tag_called("ocean").slug == "lighthouse"


def test_merging_goes_on_through_the_tag_that_took_over(page: Page, team: Team) -> None:
    add_tag("seaside", team.actor)
    merge_tag(tag("ocean").id, "seaside", team.actor)
    merge_tag(tag("seaside").id, "lighthouse", team.actor)

    assert tag_called("ocean").slug == tag_called("seaside").slug == "lighthouse"
    assert names(page) == ["lighthouse"]


def test_what_cannot_be_done_is_said(page: Page, team: Team) -> None:
    with pytest.raises(BadInput, match="itself"):
        merge_tag(tag("ocean").id, "ocean", team.actor)
    with pytest.raises(BadInput, match="not a known tag"):
        merge_tag(tag("ocean").id, "no such tag", team.actor)
    with pytest.raises(Conflict, match="known"):
        add_tag("Ocean", team.actor)
    for name in ("", "x" * 40, "!!!"):
        with pytest.raises(BadInput):
            add_tag(name, team.actor)


def test_each_deed_is_written_down(page: Page, team: Team) -> None:
    add_tag("seaside", team.actor)
    approve_tag(tag("sea spray").id, team.actor)
    merge_tag(tag("ocean").id, "seaside", team.actor)
    retire_tag(tag("seaside").id, team.actor)

    deeds = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("tag.%"))).all()
    assert sorted(deeds) == ["tag.added", "tag.approved", "tag.merged", "tag.retired"]


def test_every_pair_of_states_is_in_the_table_or_refused() -> None:
    assert set(TAG_MOVES) == set(TagState)
