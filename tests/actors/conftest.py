"""A real worker in the test's own process, with the real middleware around an actor that only notes when it ran."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import dramatiq
import pytest
import redis
from dramatiq import Worker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import CurrentMessage
from flask import Flask, current_app

from app.core.database import db, db_now
from app.core.queue import ActorName, QueueName, enqueue, make_broker
from app.core.redis import redis_client
from app.core.settings import Settings
from app.generation.limiter import Limiter
from app.generation.models import Job
from tests.integration.generation.situations import image_of, set_image
from tests.services.engine import Engine
from tests.services.waiting import wait_until

LANE = "a lane"
PER_MINUTE = 600


@dataclass
class Clock:
    """The limiter's clock, which can be set: it is `ahead` by so many seconds. Answers micro-seconds."""

    ahead: float = 0.0

    def now(self) -> int:
        return time.time_ns() // 1000 + round(self.ahead * 1e6)


@dataclass
class Bench:
    """One worker. `ran` holds the limiter's time, in micro-seconds, at which each image's call began; `epochs` the epoch
    under which it was made.
    """

    settings: Settings
    clock: Clock
    limiter: Limiter
    worker: Worker
    ran: dict[UUID, int] = field(default_factory=dict)
    epochs: dict[UUID, int] = field(default_factory=dict)

    def send(self, job: Job, engine: Engine, *, seconds: float, epoch: int = 0, **options: Any) -> UUID:
        """A message for the job's first image that should start so many seconds from now; answers the image."""
        image_id = engine.images(job)[0].id
        mark = db_now() + timedelta(seconds=17)
        set_image(image_id, dispatched_until=mark)
        start = self.limiter.look(LANE)[0] + round(seconds * 1e6)
        given = {"limiter_key": LANE, "start": start, "epoch": epoch, "mark": mark.isoformat()}
        enqueue(ActorName.GENERATE_IMAGE, image_id, **{**given, **options})
        return image_id

    def wait_until_taken(self) -> None:
        wait_until(lambda: self._waiting() == 0, what="the worker to take the message")

    def wait_until_withdrawn(self, image_id: UUID) -> None:
        wait_until(lambda: image_of(image_id).dispatched_until is None, what="the mark to be taken away")

    def _waiting(self) -> int:
        with redis.Redis.from_url(self.settings.redis_url or "") as client:
            return int(client.llen("proofsheet:generate"))  # type: ignore[arg-type]


MakeBroker = Callable[[], RedisBroker]


@pytest.fixture
def bench(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("REDIS_URL", settings.redis_url or "")
    installed = dramatiq.get_broker()
    from actors.middleware.app_context import AppContext
    from actors.middleware.rate_limit import RateLimit

    dramatiq.set_broker(installed)  # importing the actors has installed theirs
    context = AppContext(settings)
    broker = make_broker(settings.redis_url, [CurrentMessage(), context, RateLimit(context)])
    worker = Worker(broker, queues={QueueName.GENERATE}, worker_threads=1, worker_timeout=50)
    clock = Clock()
    limiter = Limiter(lambda: redis_client(settings.redis_url or ""), clock=clock.now)
    made = Bench(settings, clock, limiter, worker)

    @dramatiq.actor(broker=broker, actor_name="generate_image", queue_name=QueueName.GENERATE, rate_limit=True)
    def note(image_id: str) -> None:
        message = CurrentMessage.get_current_message()
        made.epochs[UUID(image_id)] = message.options["epoch"] if message else -1
        made.ran[UUID(image_id)] = current_app.extensions["studio"].limiter.look(LANE)[0]

    broker.emit_after("process_boot")
    context.app.extensions["studio"] = replace(context.app.extensions["studio"], limiter=limiter)
    made.limiter.reserve(LANE, 0, per_minute=PER_MINUTE)
    worker.start()
    yield made
    worker.stop()
    broker.close()
    with context.app.app_context():
        db.engine.dispose()
