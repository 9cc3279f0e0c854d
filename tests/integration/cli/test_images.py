"""`proofsheet jobs attempts|check|rerun|stop`, and the fallbacks of a prompt file."""

from uuid import UUID

from sqlalchemy import select

from app.core.database import db, transaction
from app.generation.models import Attempt, Image
from tests.web.curation.filling import fail, generate, images_of

ATTEMPT_FACTS = [
    "number",
    "model",
    "outcome",
    "intended_at",
    "sent_at",
    "ended_at",
    "latency_ms",
    "request_id",
    "remote_id",
    "usage",
    "cost",
    "may_have_billed",
    "error_message",
]


def lose(job):
    """The first image's process died during its call."""
    fail(job, [0], error_type="ambiguous", message="The process died.")
    image = images_of(job)[0]
    facts = {"outcome": "lost", "sent_at": image.started_at, "may_have_billed": True, "request_id": "req_7"}
    with transaction() as session:
        session.add(
            Attempt(
                image_id=image.id,
                number=1,
                provider="demo",
                model=image.model,
                prompt_sent=image.prompt_sent,
                **facts,
            )
        )
    return str(image.id)


def test_a_lost_answer_is_looked_at_looked_for_and_run_again(run, make_job):
    image_id = lose(make_job(1))
    attempts = run("jobs", "attempts", image_id, "--json").json["attempts"]
    assert list(attempts[0]) == ATTEMPT_FACTS
    assert (attempts[0]["outcome"], attempts[0]["request_id"], attempts[0]["may_have_billed"]) == (
        "lost",
        "req_7",
        True,
    )

    checked = run("jobs", "check", image_id, "--json")
    assert (checked.status, checked.json["found"], checked.json["state"]) == (0, False, "unknown")
    assert "Nothing found" in checked.err

    refused = run("jobs", "rerun", image_id)
    assert (refused.status, refused.out) == (1, "")
    assert "may be billed twice" in refused.err
    again = run("jobs", "rerun", image_id, "--may-bill-twice", "--prompt", "a calm lake", "--json")
    assert (again.status, again.json["state"], again.json["prompt"]) == (0, "queued", "a calm lake")
    assert run("jobs", "check", image_id).status == 1


def test_a_model_is_named_with_its_price_before_it_is_used(run, make_job):
    job = make_job(1)
    fail(job, [0])
    image_id = str(images_of(job)[0].id)
    assert run("jobs", "rerun", image_id, "--model", "openai/gpt-image-2.5-flare").status == 2
    ran = run("jobs", "rerun", image_id, "--model", "demo/painter", "--json")
    assert (ran.status, ran.json["model"]) == (0, "demo/painter")
    assert "Demo painter · demo · free" in ran.err


def test_wrong_images_are_one_sentence(run, team):
    ran = run("jobs", "rerun", "00000000-0000-0000-0000-000000000000", "--json")
    assert (ran.status, ran.out, ran.err) == (2, "", "There is no such image in this workspace.\n")


def test_a_job_is_stopped_after_its_current_prompts(run, make_job):
    job = make_job(3, count=2)
    generate(job, [0])
    ran = run("jobs", "stop", str(job.id), "--json")
    assert (ran.status, ran.json["state"], ran.json["counts"]["cancelled"]) == (0, "running", 4)
    assert "4 images cancelled. 2 images of prompts that have begun still come." in ran.err
    run("jobs", "cancel", str(job.id))
    assert run("jobs", "stop", str(job.id)).status == 1


def test_lost_answers_are_retried_only_when_asked_for(run, make_job):
    job = make_job(1)
    lose(job)
    assert run("jobs", "retry", str(job.id)).status == 1
    ran = run("jobs", "retry", str(job.id), "--may-bill-twice", "--json")
    assert (ran.status, ran.json["counts"]["queued"]) == (0, 1)


def test_a_prompt_file_gives_each_prompt_its_own_fallback(run, team, tmp_path):
    (tmp_path / "p.csv").write_text("prompt,fallback_prompt,size\na fight,a calm lake,1x1\na field,,\n")
    (tmp_path / "p.jsonl").write_text(
        '{"prompt": "a fight", "fallback_prompt": "a calm lake"}\n{"prompt": "a field"}\n'
    )
    for name in ("p.csv", "p.jsonl"):
        ran = run("jobs", "create", "--prompts", str(tmp_path / name), "--json")
        db.session.rollback()
        of_job = select(Image.fallback_prompt).where(Image.job_id == UUID(ran.json["id"])).order_by(Image.position)
        assert list(db.session.scalars(of_job)) == ["a calm lake", ""]
        assert ("Not used: size." in ran.err) is (name == "p.csv")


def test_a_fallback_that_cannot_be_sent_is_named(run, team, tmp_path):
    (tmp_path / "p.jsonl").write_text('{"prompt": "a fight", "fallback_prompt": "lolicon"}\n')
    ran = run("jobs", "create", "--prompts", str(tmp_path / "p.jsonl"))
    assert (ran.status, "Fallback of prompt 1: Content flagged" in ran.err) == (2, True)
    (tmp_path / "p.jsonl").write_text('{"prompt": "a fight", "fallback_prompt": 4}\n')
    assert "something else than text" in run("jobs", "create", "--prompts", str(tmp_path / "p.jsonl")).err
