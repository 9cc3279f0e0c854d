"""Messages follow the rows: sent after the commit, forgotten with a rollback, never the reason for an error."""

import json
from contextlib import nullcontext
from typing import Any

import pytest
import redis
from structlog.testing import capture_logs

from app.core.database import new_id, transaction
from app.core.queue import QUEUE_OF, ActorName, QueueName, enqueue
from app.core.settings import Settings
from tests.services.valkey import ValkeyServer

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def waiting(settings: Settings) -> Any:
    """What waits in a queue."""
    client = redis.Redis.from_url(settings.redis_url or "", decode_responses=True)
    yield lambda queue: [json.loads(message) for message in client.hvals(f"proofsheet:{queue}.msgs")]
    client.close()


def test_a_message_outside_a_transaction_is_sent_at_once(waiting: Any) -> None:
    image_id = new_id()

    enqueue(ActorName.STORE_IMAGE, image_id, start=5)

    (message,) = waiting("store")
    assert (message["actor_name"], message["args"], message["kwargs"]) == ("store_image", [str(image_id)], {})
    assert message["options"]["start"] == 5


def test_a_message_inside_is_sent_after_the_commit(waiting: Any) -> None:
    with transaction():
        enqueue(ActorName.DISPATCH)
        assert waiting("control") == []

    assert len(waiting("control")) == 1


def test_a_message_is_forgotten_with_its_transaction(waiting: Any) -> None:
    def fail_after_asking() -> None:
        with transaction():
            enqueue(ActorName.DISPATCH)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail_after_asking()
    with transaction():
        pass

    assert waiting("control") == []


def test_messages_are_sent_in_order_and_once(waiting: Any) -> None:
    ids = [str(new_id()) for _ in range(3)]
    with transaction():
        for image_id in ids:
            enqueue(ActorName.STORE_IMAGE, image_id)
    with transaction():
        pass

    assert sorted(message["args"][0] for message in waiting("store")) == sorted(ids)


@pytest.mark.parametrize("inside", [True, False])
def test_a_lost_broker_is_said_in_the_log_and_harms_nothing(valkey: ValkeyServer, inside: bool) -> None:
    valkey.kill()

    with capture_logs() as lines, transaction() if inside else nullcontext():
        enqueue(ActorName.DISPATCH)

    (line,) = lines
    assert (line["event"], line["actor"], line["log_level"]) == ("message_not_sent", "dispatch", "warning")


def test_every_actor_has_a_queue() -> None:
    assert set(QUEUE_OF) == set(ActorName)
    assert set(QUEUE_OF.values()) == set(QueueName)
