"""The calls made for an image, as its page and the loupe list them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.core.clock import utc_now
from app.core.database import transaction
from app.curation.attempts import OUTCOME_WORDS
from app.generation.models import Attempt, AttemptOutcome, Image, Job
from tests.services.application import MakeJob
from tests.web.curation.filling import complete, fail, images_of
from tests.web.generation.reading import text_of
from tests.web.visitor import Visitor


def add_attempt(image: Image, number: int = 1, **values: object) -> None:
    with transaction() as session:
        began = utc_now() - timedelta(seconds=20)
        facts = {"sent_at": began, "ended_at": began + timedelta(seconds=12), "latency_ms": 12_345} | values
        session.add(
            Attempt(
                image_id=image.id,
                number=number,
                provider="demo",
                model="demo/painter",
                prompt_sent=image.prompt_sent,
                intended_at=began,
                **facts,
            )
        )


def lose(job: Job, **values: object) -> Image:
    """The job's first image is unknown; its process died during the call."""
    fail(job, [0], error_type="ambiguous", message="The process died.")
    image = images_of(job)[0]
    add_attempt(image, outcome="lost", may_have_billed=True, ended_at=None, latency_ms=None, **values)
    return image


@pytest.mark.parametrize("outcome", list(AttemptOutcome))
def test_every_outcome_has_words(viewer: Visitor, make_job: MakeJob, outcome: AttemptOutcome) -> None:
    job = make_job(1)
    fail(job, [0])
    image = images_of(job)[0]
    add_attempt(image, outcome=outcome)
    assert OUTCOME_WORDS[outcome] in viewer.get(f"/jobs/{job.id}/images/{image.id}/").text


def test_all_that_is_known_about_each_call(viewer: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    fail(job, [0], error_type="permanent", message="Impossible.")
    image = images_of(job)[0]
    add_attempt(image, 1, outcome="transient", request_id="req_1", error_message="Too <busy>.")
    usage = {"text": 12, "image": 0, "output": 4160}
    add_attempt(image, 2, outcome="permanent", remote_id="job_2", usage=usage, cost=Decimal("0.04"))
    for htmx in (False, True):
        text = text_of(viewer.get(f"/jobs/{job.id}/images/{image.id}/", htmx=htmx))
        for fact in ("req_1", "job_2", "12 text, 4,160 output tokens", "$0.04", "after 12.3 s", "Too <busy>.", "UTC"):
            assert fact in text
        assert text.index("Not possible after") < text.index("Provider trouble after")


def test_a_completed_image_lists_its_calls_closed(viewer: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    complete(job)
    image = images_of(job)[0]
    add_attempt(image, outcome="succeeded")
    page = viewer.get(f"/jobs/{job.id}/images/{image.id}/").text.partition('id="attempts"')[2]
    assert "<details>" in page
    assert "Billed" not in page.partition("</section>")[0].partition("no</dd>")[2]


def test_an_unknown_image_offers_to_look_again_and_to_run_again(
    editor: Visitor, viewer: Visitor, make_job: MakeJob
) -> None:
    job = make_job(1)
    image = lose(job, request_id="req_7", remote_id="job_7")
    check, rerun = f'action="/images/{image.id}/check"', f'action="/images/{image.id}/rerun"'
    for path in (f"/jobs/{job.id}/", f"/jobs/{job.id}/images/{image.id}/"):
        page = editor.get(path).text
        assert check in page
        assert rerun in page
        assert "may be billed twice" in page
        assert check not in viewer.get(path).text
        assert rerun not in viewer.get(path).text
    side = text_of(viewer.get(f"/jobs/{job.id}/images/{image.id}/", htmx=True))
    assert "req_7" in side
    assert "Billed possibly" in side


def test_where_nothing_can_be_found_it_says_why(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    fail(job, [0], error_type="ambiguous", message="No answer in time.")
    image = images_of(job)[0]
    add_attempt(image, outcome="ambiguous", may_have_billed=True)
    side = editor.get(f"/jobs/{job.id}/images/{image.id}/").text
    assert "There is nothing to check again" in side
    assert f"/images/{image.id}/check" not in side + editor.get(f"/jobs/{job.id}/").text


def test_what_the_provider_proved_unbilled_runs_again_without_a_question(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    fail(job, [0], error_type="ambiguous", message="The provider later said: Refused.")
    image = images_of(job)[0]
    add_attempt(image, outcome="content_policy", may_have_billed=False)
    side = editor.get(f"/jobs/{job.id}/images/{image.id}/", htmx=True).text
    assert "was not billed" in side
    assert "data-confirm" not in side


def test_the_header_counts_what_may_have_been_billed_without_a_picture(editor: Visitor, make_job: MakeJob) -> None:
    job = make_job(2)
    assert "may have been billed without a picture" not in editor.get(f"/jobs/{job.id}/").text
    lose(job)
    assert "may have been billed without a picture: 1" in text_of(editor.get(f"/jobs/{job.id}/"))


def test_a_fallback_says_whose_it_is(viewer: Visitor, make_job: MakeJob) -> None:
    job = make_job(1)
    image = images_of(job)[0]
    with transaction() as session:
        own = session.get_one(Image, image.id)
        own.used_fallback, own.fallback_source, own.error_message = True, "workspace", "It shows violence."
    side = text_of(viewer.get(f"/jobs/{job.id}/images/{image.id}/"))
    assert "The prompt was refused; the workspace's fallback was sent instead. Why: It shows violence." in side
