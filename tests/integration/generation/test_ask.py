"""A slot that becomes free asks for a dispatch: soon while slots are what is short, and hardly ever while they are not."""

from typing import Any

import pytest
import redis
from flask import Flask
from structlog.testing import capture_logs

from app.core.settings import Settings
from app.generation.ask import (
    KEY,
    OTHERWISE_MILLISECONDS,
    SHORT_OF_SLOTS_MILLISECONDS,
    WAITER,
    ask_for_dispatch,
    note_dispatch,
)
from app.generation.dispatch import dispatch
from app.generation.limiter import HORIZON_SECONDS, Limiter, Reserved
from tests.integration.generation.situations import in_threads
from tests.services.provider import MakeOpenAIJob
from tests.services.valkey import ValkeyServer
from tests.services.waiting import wait_until

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def client(settings: Settings) -> Any:
    with redis.Redis.from_url(settings.redis_url or "", decode_responses=True) as made:
        yield made


def asked(client: Any) -> int:
    return int(client.hlen("proofsheet:control.msgs"))


def let_start(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """The limiter gives away so many starts at the most."""

    def reserve(self: Limiter, key: str, room: int, *, per_minute: float) -> Reserved:
        now, _ = self.look(key)
        return Reserved(now=now, epoch=0, starts=[now] * min(room, most))

    monkeypatch.setattr(Limiter, "reserve", reserve)


def test_many_slots_that_become_free_ask_once(app: Flask, client: Any) -> None:
    client.set(KEY, "short", px=1000)

    in_threads(app, *[ask_for_dispatch] * 12)

    assert asked(client) == 1


def test_nobody_asks_right_after_a_dispatch_that_used_the_whole_limit(client: Any) -> None:
    note_dispatch(short_of_slots=False)

    ask_for_dispatch()

    assert asked(client) == 0


def test_while_slots_are_short_the_last_slot_is_not_forgotten(client: Any) -> None:
    note_dispatch(short_of_slots=True)

    ask_for_dispatch()

    assert asked(client) == 1
    assert client.get(WAITER) is None


def test_who_waits_to_ask_leaves_it_when_a_dispatch_has_found_enough(app: Flask, client: Any) -> None:
    note_dispatch(short_of_slots=True)

    in_threads(app, ask_for_dispatch, lambda: _once_one_waits(client))

    assert asked(client) == 0


def _once_one_waits(client: Any) -> None:
    wait_until(lambda: client.exists(WAITER), what="somebody to wait")
    note_dispatch(short_of_slots=False)


def test_more_images_than_slots_are_short_of_slots(
    client: Any, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_start(monkeypatch, 200)
    openai_job(200)

    dispatch()
    assert 0 < client.pttl(KEY) <= SHORT_OF_SLOTS_MILLISECONDS

    dispatch()
    assert 0 < client.pttl(KEY) <= SHORT_OF_SLOTS_MILLISECONDS


def test_more_images_than_starts_are_not(
    client: Any, openai_job: MakeOpenAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_start(monkeypatch, 2)
    openai_job(200)

    dispatch()

    assert SHORT_OF_SLOTS_MILLISECONDS < client.pttl(KEY) <= OTHERWISE_MILLISECONDS


@pytest.mark.parametrize("images", [1, None])
def test_nothing_that_waits_is_not(client: Any, openai_job: MakeOpenAIJob, images: int | None) -> None:
    if images:
        openai_job(images)

    dispatch()

    assert SHORT_OF_SLOTS_MILLISECONDS < client.pttl(KEY) <= OTHERWISE_MILLISECONDS


def test_an_ended_image_asks_before_the_starts_that_were_given_away_are_over() -> None:
    assert OTHERWISE_MILLISECONDS < HORIZON_SECONDS * 1000


def test_without_redis_the_schedule_is_enough(valkey: ValkeyServer) -> None:
    valkey.kill()

    with capture_logs() as lines:
        ask_for_dispatch()
        note_dispatch(short_of_slots=True)

    assert [line["event"] for line in lines] == ["dispatch_not_asked", "dispatch_not_noted"]
