"""What somebody sees whose session has ended, or never was."""

import pytest
from sqlalchemy import delete

from app.accounts.models import SignInSession
from app.core.database import db, transaction
from tests.web.visitor import Visitor


@pytest.fixture
def ended(owner: Visitor) -> Visitor:
    """A browser with a cookie whose session is gone."""
    with transaction():
        db.session.execute(delete(SignInSession))
    return owner


def test_a_page_leads_to_the_sign_in_and_back(ended: Visitor) -> None:
    answer = ended.get("/jobs/?state=failed&text=a%20b")
    assert answer.status_code == 302
    assert answer.location == "/login?next=/jobs/?state%3Dfailed%26text%3Da%2520b"


def test_a_poll_leads_to_the_sign_in_and_back_to_the_page_that_polls(ended: Visitor) -> None:
    shown = {"HX-Current-URL": "http://localhost/jobs/?state=failed"}
    answer = ended.get("/jobs/active", htmx=True, headers=shown)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/jobs/?state%3Dfailed"
    assert answer.text == ""


@pytest.mark.parametrize("shown", ["", "https://evil.example//evil.example/", "javascript:alert(1)", "http://[::1"])
def test_a_poll_leads_to_no_other_site(ended: Visitor, shown: str) -> None:
    answer = ended.get("/jobs/active", htmx=True, headers={"HX-Current-URL": shown})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/"


def test_what_htmx_was_sending_leaves_the_page_as_it_is(ended: Visitor) -> None:
    answer = ended.send(
        "POST", "/jobs/preview", {"prompts": "typed"}, htmx=True, headers={"X-CSRFToken": ended.form_token()}
    )
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer.headers
    assert "<hx-partial" in answer.text
    assert "nothing on this page is lost" in answer.text


def test_a_missing_role_is_named_with_what_to_do(owner: Visitor) -> None:
    answer = owner.get("/review/")
    assert answer.status_code == 403
    assert "staff" in answer.text
