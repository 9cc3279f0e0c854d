"""Which actors exist, which queue each one waits in, and how to send them work.

Services enqueue by name and never import actors. Inside `transaction()` a message is held back until the commit, so no
worker can see an id before its row exists.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

import dramatiq
import redis
import structlog
from dramatiq.errors import BrokerError
from redis.exceptions import RedisError

from app.core.broker import Broker
from app.core.database import db, in_transaction
from app.core.errors import ConfigurationError
from app.core.fail_points import FailPoint, fail_point

log = structlog.get_logger()

TIMEOUTS = {"socket_timeout": 5, "socket_connect_timeout": 2}
"""Seconds after which a server that does not answer is taken for gone: a request must not hang after its commit."""


class QueueName(StrEnum):
    """A queue and the process of the Procfile that empties it."""

    CONTROL = "control"
    """Short decisions: dispatch, sweeps; and removing objects, which one process does at a time (process `worker`)."""
    GENERATE = "generate"
    """Calls to image providers, which mostly wait (process `generate`)."""
    STORE = "store"
    """Variants of stored pictures (process `worker`)."""
    PUBLISH = "publish"
    """Pages (process `worker`)."""


class ActorName(StrEnum):
    DISPATCH = "dispatch"
    GENERATE_IMAGE = "generate_image"
    POLL_REMOTE_JOBS = "poll_remote_jobs"
    POLL_REMOTE_JOB = "poll_remote_job"
    STORE_IMAGE = "store_image"
    SWEEP = "sweep"
    CREATE_PAGE = "create_page"
    NAME_PICTURES = "name_pictures"
    REMOVE_OBJECTS = "remove_objects"
    NIGHTLY = "nightly"


QUEUE_OF = {
    ActorName.DISPATCH: QueueName.CONTROL,
    ActorName.GENERATE_IMAGE: QueueName.GENERATE,
    ActorName.POLL_REMOTE_JOBS: QueueName.CONTROL,
    ActorName.POLL_REMOTE_JOB: QueueName.GENERATE,
    ActorName.STORE_IMAGE: QueueName.STORE,
    ActorName.SWEEP: QueueName.CONTROL,
    ActorName.CREATE_PAGE: QueueName.PUBLISH,
    ActorName.NAME_PICTURES: QueueName.PUBLISH,
    ActorName.REMOVE_OBJECTS: QueueName.CONTROL,
    ActorName.NIGHTLY: QueueName.STORE,
}

MOST_AT_ONCE: Mapping[str, int] = {QueueName.STORE: 4, QueueName.PUBLISH: 6}
"""In one process. A store or a writer that hangs must leave threads of the twelve to `control`."""


def enqueue(actor: ActorName, *arguments: str | UUID | int, **options: Any) -> None:
    """Send a message: after the commit inside `transaction()`, else at once.

    arguments: ids only; UUIDs travel as text. options: message options such as `start`.
    A broker that cannot be reached is logged, not raised: the rows are the truth and a sweep sends again.
    """
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name=QUEUE_OF[actor],
        actor_name=actor,
        args=tuple(str(value) if isinstance(value, UUID) else value for value in arguments),
        kwargs={},
        options=options,
    )
    if in_transaction():
        db.session().info["outbox"].append(lambda: _send(message))
    else:
        _send(message)


def waiting(queue: QueueName) -> int:
    """How many messages nobody has fetched yet; 0 when the server cannot be asked."""
    broker = dramatiq.get_broker()
    try:
        return int(broker.client.llen(f"{broker.namespace}:{queue}"))  # type: ignore[attr-defined]
    except RedisError:
        return 0


def install_sender(redis_url: str | None) -> None:
    """The broker of a process that only sends: web and command line. Raises ConfigurationError without a server."""
    dramatiq.set_broker(make_broker(redis_url, []))


def make_broker(redis_url: str | None, middleware: list[dramatiq.Middleware]) -> Broker:
    """A broker over the server that all processes share."""
    if redis_url is None:
        raise ConfigurationError("REDIS_URL: is not set. Start everything with `proofsheet up`, or name a server.")
    client = redis.Redis.from_url(redis_url, **TIMEOUTS)
    return Broker(client=client, middleware=middleware, namespace="proofsheet", most_at_once=MOST_AT_ONCE)


def _send(message: dramatiq.Message[Any]) -> None:
    fail_point(FailPoint.MESSAGE_UNSENT, message.actor_name)
    try:
        dramatiq.get_broker().enqueue(message)
    except (BrokerError, RedisError) as error:
        log.warning("message_not_sent", actor=message.actor_name, error_type=type(error).__name__)
