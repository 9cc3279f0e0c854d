"""A paid job from the command line against the provider's API, beside the running application."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fakes.openai_api import FakeOpenAI
from tests.services.installation import PROJECT, Installation
from tests.services.provider import KEY

MODEL = "openai/gpt-image-2.5-flare"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeOpenAI]:
    with FakeOpenAI(bill=tmp_path_factory.mktemp("provider") / "bill.jsonl", key=KEY, latency=0.2) as server:
        yield server


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, provider: FakeOpenAI) -> Iterator[Installation]:
    made = Installation(
        tmp_path_factory.mktemp("installation"),
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=provider.base_url,
        PROOFSHEET_IMAGES_PER_MINUTE='{"openai": 600}',
    )
    made.start()
    yield made
    made.stop()


def test_each_picture_is_billed_once_and_stored_as_it_came(installation: Installation, provider: FakeOpenAI) -> None:
    created = installation.run(
        "jobs", "create", "--prompts", str(PROJECT / "examples" / "prompts.txt"), "--model", MODEL, "--watch", "--json"
    )

    assert created.returncode == 0, created.stderr
    job = json.loads(created.stdout)
    shown = json.loads(installation.run("jobs", "show", job["id"], "--images", "--json").stdout)
    assert (job["state"], job["counts"]["completed"], len(provider.bill)) == ("completed", 24, 24)
    assert sorted(image["sha256"] for image in shown["images"]) == sorted(entry["sha256"] for entry in provider.bill)
    assert Decimal(shown["actual_cost"]) == sum(Decimal(entry["cost"]) for entry in provider.bill)


def test_what_goes_wrong_is_said_and_the_key_never_is(
    installation: Installation, provider: FakeOpenAI, tmp_path: Path
) -> None:
    prompts = tmp_path / "prompts.txt"
    kinds = ("policy", "bad-request", "server-error", "drop", "html")
    prompts.write_text("\n---\n".join([*(f"one that goes wrong [{kind}]" for kind in kinds), "one that goes well"]))

    created = installation.run("jobs", "create", "--prompts", str(prompts), "--model", MODEL, "--watch", "--json")

    assert created.returncode == 3
    job = json.loads(created.stdout)
    assert set(job["error_summary"]) == {"content_policy", "permanent", "transient", "ambiguous"}
    assert (job["counts"]["completed"], job["counts"]["failed"], job["counts"]["unknown"]) == (1, 3, 2)
    said = "".join(installation.output) + created.stdout + created.stderr
    assert KEY not in said


def test_an_empty_account_pauses_and_a_person_resumes(installation: Installation, provider: FakeOpenAI) -> None:
    provider.script("quota", containing="an empty purse")
    created = installation.run(
        "jobs",
        "create",
        "--prompts",
        "-",
        "--model",
        MODEL,
        "--watch",
        "--json",
        stdin="an empty purse\n---\na full one",
    )
    assert created.returncode == 4
    job = json.loads(created.stdout)
    assert job["state"] == "paused"
    assert job["counts"]["failed"] == 0

    provider.world.forget_rules()
    assert installation.run("jobs", "resume", job["id"]).returncode == 0
    watched = installation.run("jobs", "watch", job["id"], "--json")

    assert json.loads(watched.stdout)["state"] == "completed"
