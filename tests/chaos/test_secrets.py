"""The provider's key is in no log line, no row and no message."""

import redis
from sqlalchemy import select

from app.core.database import Base, db
from app.core.settings import Settings
from app.generation.states import JobState
from tests.chaos.conftest import fresh
from tests.fakes.openai_api import FakeOpenAI
from tests.services.provider import KEY, MakeOpenAIJob
from tests.services.waiting import wait_until
from tests.services.workers import Workers

PROMPTS = (
    "a fight [policy]",
    "odd [bad-request]",
    "unlucky [server-error-once]",
    "lost [drop]",
    "cut off [truncated]",
    "a page [html]",
    "a quiet harbour at dawn",
)


def test_the_key_is_found_nowhere(
    workers: Workers, openai_job: MakeOpenAIJob, api: FakeOpenAI, settings: Settings
) -> None:
    workers.start()
    job = openai_job(PROMPTS)
    wait_until(lambda: fresh(job).finished_at, within=60, what="the job to end")
    refused = openai_job(("a door [auth]", "another door"))
    wait_until(lambda: fresh(refused).state == JobState.PAUSED, within=60, what="the refused key to pause the job")

    workers.stop()

    assert {call["outcome"] for call in api.calls} >= {"auth"}
    assert "image_generation_failed" in workers.text
    for text in (workers.text, all_rows(), all_of_valkey(settings)):
        assert KEY not in text
        assert KEY[-8:] not in text
    assert not [prompt for prompt in PROMPTS if prompt in workers.text]


def all_rows() -> str:
    db.session.rollback()
    return repr([tuple(row) for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))])


def all_of_valkey(settings: Settings) -> str:
    with redis.Redis.from_url(settings.redis_url or "") as client:
        return repr([client.dump(key) for key in client.scan_iter()])
