"""`proofsheet jobs`: what other programs rely on."""

from uuid import UUID

import pytest

from app.core.database import db, transaction
from app.generation import control
from app.generation.models import Image, Job
from app.generation.moves import lock_job, move_images
from app.generation.states import ImageState, JobState
from tests.services.application import make_team
from tests.services.completed import complete

FACTS = [
    "id",
    "state",
    "priority",
    "total_prompts",
    "total_images",
    "progress_percent",
    "counts",
    "estimated_cost",
    "actual_cost",
    "created_at",
    "started_at",
    "finished_at",
    "error_summary",
]
IMAGE_FACTS = [
    "id",
    "prompt",
    "prompt_order",
    "variation",
    "state",
    "mark",
    "attempts",
    "error_type",
    "error_message",
    "model",
    "sha256",
    "cost",
    "page_slug",
]


def test_create_prints_one_object_and_says_the_rest_on_standard_error(run, team):
    ran = run("jobs", "create", "--prompts", "-", "--count", "2", "--json", stdin="a field\n---\na mailbox\nin frost\n")
    assert ran.status == 0
    assert list(ran.json) == FACTS
    assert (ran.json["state"], ran.json["total_prompts"], ran.json["total_images"]) == ("queued", 2, 4)
    assert list(ran.json["counts"]) == [state.value for state in ImageState]
    assert ran.json["estimated_cost"] == "0.000000"
    assert "2 prompts, 4 images" in ran.err
    job = db.session.get_one(Job, UUID(ran.json["id"]))
    assert (job.workspace_id, job.model, job.quality, job.size) == (
        team.workspace_id,
        "demo/painter",
        "medium",
        "1024x1024",
    )
    assert job.title.startswith("a field · ")


def test_what_is_asked_for_is_what_is_made(run, team, tmp_path):
    make_team("north")
    file = tmp_path / "prompts.csv"
    file.write_text('prompt,size\n"a field, at dawn",9x9\nmailbox,\n')
    words = (
        "--size",
        "1536x1024",
        "--quality",
        "high",
        "--visibility",
        "private",
        "--priority",
        "urgent",
        "--start-as",
        "kept",
        "--title",
        "Fields",
    )
    who = ("--workspace", "north", "--user", "editor@studio.example", "--model", "demo/painter")
    ran = run("jobs", "create", "--prompts", str(file), *words, *who, "--json")
    job = db.session.get_one(Job, UUID(ran.json["id"]))
    assert (job.size, job.quality, job.visibility, job.title) == ("1536x1024", "high", "private", "Fields")
    assert job.priority == 1
    assert job.default_mark == "keep"
    assert (job.workspace.slug, job.created_by) == ("north", team.editor)
    assert "Not used: size." in ran.err
    assert [image.prompt_sent for image in db.session.query(Image).order_by(Image.position)] == [
        "a field, at dawn",
        "mailbox",
    ]


def test_prompts_can_come_from_json_lines(run, team, tmp_path):
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"prompt": "a field"}\n\n{"prompt": "two\\nlines"}\n')
    assert run("jobs", "create", "--prompts", str(file), "--json").json["total_prompts"] == 2


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("p.txt", b"one\n---\nONE\n---\n\n---\nlolicon", "Prompt 3: Prompt cannot be empty"),
        ("p.txt", b"", "Type at least one prompt."),
        ("p.txt", b"\xff\xfe\x00", "is not text in UTF-8"),
        ("p.csv", b"text\nfield\n", "Entry 1 has no text in a column named"),
        ("p.jsonl", b'{"prompt": "a"}\n{"prompt": \n', "line 2 is not JSON"),
        ("p.jsonl", b"[1]\n", "line 1 is not an object"),
        ("p.jsonl", b'{"prompt": 4}\n', "Entry 1 has no text"),
    ],
)
@pytest.mark.usefixtures("team")
def test_prompts_that_cannot_be_used_are_all_named(run, tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    ran = run("jobs", "create", "--prompts", str(tmp_path / name), "--json")
    assert (ran.status, ran.out) == (2, "")
    assert sentence in ran.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("create", "--prompts", "/there/is/nothing"), "No such file"),
        (("create", "--prompts", "-", "--model", "nobody/nothing"), "There is no model 'nobody/nothing'."),
        (("create", "--prompts", "-", "--model", "openai/gpt-image-2.5-flare"), "OPENAI_API_KEY is not set"),
        (("create", "--prompts", "-", "--size", "7x7"), "Demo painter makes 1024x1024"),
        (("create", "--prompts", "-", "--quality", "ultra"), "makes low, medium, high quality"),
        (("create", "--prompts", "-", "--count", "11"), "1<=x<=10"),
        (("create", "--prompts", "-", "--workspace", "nowhere"), "There is no workspace “nowhere”."),
        (("create", "--prompts", "-", "--user", "nobody@x.example"), "There is no user nobody@x.example."),
        (("show", "12"), "not a valid UUID"),
        (("show", "00000000-0000-0000-0000-000000000000", "--json"), "There is no such job in this workspace."),
        (("dance",), "No such command 'dance'"),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(run, team, words, sentence):
    ran = run("jobs", *words, stdin="a field")
    assert (ran.status, ran.out) == (2, "")
    assert sentence in ran.err


def test_show_tells_everything_about_the_images(run, make_job):
    job = make_job(2, character_description="A fox")
    complete(job)
    plain = run("jobs", "show", str(job.id), "--json").json
    ran = run("jobs", "show", str(job.id), "--images", "--json")
    assert list(plain) == FACTS
    assert list(ran.json) == [*FACTS, "images"]
    first = ran.json["images"][0]
    assert list(first) == IMAGE_FACTS
    assert first["prompt"] == "A fox. a lighthouse, number 1"
    assert (first["state"], first["mark"], first["sha256"], first["model"]) == (
        "completed",
        "keep",
        "0" * 64,
        "demo/painter",
    )
    assert (ran.json["progress_percent"], ran.json["counts"]["completed"]) == (100, 2)
    assert "completed: 2 of 2 images completed" in run("jobs", "show", str(job.id), "--images").out


def test_list_shows_the_newest_first_and_can_be_narrowed(run, make_job):
    old, new = make_job(), make_job()
    complete(old)
    assert [job["id"] for job in run("jobs", "list", "--json").json["jobs"]] == [str(new.id), str(old.id)]
    assert [job["id"] for job in run("jobs", "list", "--json", "--state", "queued").json["jobs"]] == [str(new.id)]
    assert run("jobs", "list", "--state", "failed").out == ""


def test_a_job_is_steered_and_refuses_what_its_state_forbids(run, make_job):
    job = make_job(3)
    assert run("jobs", "pause", str(job.id), "--json").json["state"] == "paused"
    assert run("jobs", "resume", str(job.id), "--json").json["state"] == "running"
    cancelled = run("jobs", "cancel", str(job.id), "--json")
    assert (cancelled.json["state"], cancelled.json["counts"]["cancelled"]) == ("cancelled", 3)
    assert "3 images cancelled, 0 images preserved." in cancelled.err
    again = run("jobs", "cancel", str(job.id))
    assert (again.status, again.out, again.err) == (1, "", "This job has ended: it is cancelled.\n")


def test_watching_ends_with_3_when_images_are_missing(run, make_job):
    job = make_job(1)
    fail_all(job)
    ran = run("jobs", "watch", str(job.id), "--json")
    assert (ran.status, ran.json["state"]) == (3, "failed")
    assert ran.json["error_summary"]["transient"]["count"] == 1
    assert run("jobs", "retry", str(job.id), "--error-type", "auth").status == 1
    assert run("jobs", "retry", str(job.id), "--json").json["state"] == "running"


def test_a_retry_leaves_out_what_would_fail_in_the_same_way_and_says_so(run, make_job):
    job = make_job(2)
    fail_all(job, content_policy=1)
    ran = run("jobs", "retry", str(job.id), "--json")
    assert (ran.status, ran.json["counts"]["queued"], ran.json["counts"]["failed"]) == (0, 1, 1)
    assert "Left out: 1 content policy." in ran.err
    assert "--error-type content_policy" in ran.err


def fail_all(job, content_policy=None):
    """`content_policy` is the number of a prompt that is refused."""
    from app.core.clock import utc_now
    from app.generation.moves import end_if_done

    with transaction():
        locked = lock_job(job.id)
        locked.move_to(JobState.RUNNING)
        refused = Image.prompt_order == (content_policy or 0)
        move_images(locked, ImageState.FAILED, refused, error_type="content_policy")
        move_images(locked, ImageState.FAILED, Image.state == ImageState.QUEUED, error_type="transient")
        end_if_done(locked, utc_now())


def test_watching_a_paused_job_ends_with_4_and_says_how_to_go_on(run, make_job, team):
    job = make_job(1)
    control.pause_job(job.id, workspace_id=team.workspace_id, actor=team.actor)
    ran = run("jobs", "watch", str(job.id), "--json")
    assert (ran.status, ran.json["state"]) == (4, "paused")
    assert f"proofsheet jobs resume {job.id}" in ran.err


def test_create_and_watch_until_every_picture_is_there(run, team, workers):
    workers.start()
    ran = run("jobs", "create", "--prompts", "-", "--watch", "--json", stdin="a field\n---\na mailbox")
    assert (ran.status, ran.json["state"]) == (0, "completed")
    assert ran.json["counts"]["completed"] == 2
    assert "completed: 2 of 2 ended" in ran.err
    images = run("jobs", "show", ran.json["id"], "--images", "--json").json["images"]
    assert len({image["sha256"] for image in images}) == 2
    assert [image["attempts"] for image in images] == [1, 1]
