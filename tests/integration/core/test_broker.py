"""Messages are waited for, not asked for, and none gets lost between the queue and its worker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dramatiq
import pytest
import redis
from dramatiq import Worker
from dramatiq.broker import MessageProxy
from dramatiq.errors import ConnectionClosed

from app.core.broker import Broker, WaitingConsumer
from app.core.queue import make_broker
from tests.services.valkey import ValkeyServer
from tests.services.waiting import wait_until

QUEUE = "store"


@pytest.fixture
def broker(redis_url: str) -> Iterator[Broker]:
    made = make_broker(redis_url, [])
    yield made
    made.client.close()


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as made:
        yield made


def message(number: int) -> dramatiq.Message[Any]:
    return dramatiq.Message(queue_name=QUEUE, actor_name="note", args=(number,), kwargs={}, options={})


def consumer(broker: Broker, *, prefetch: int = 4, milliseconds: int = 50) -> WaitingConsumer:
    made = broker.consume(QUEUE, prefetch, milliseconds)
    assert isinstance(made, WaitingConsumer)
    return made


def taken(consumer: WaitingConsumer) -> MessageProxy:
    return wait_until(lambda: next(consumer), what="a message")


def calls_of(client: redis.Redis, command: str) -> int:
    statistics: Any = client.info("commandstats")
    return int(statistics.get(f"cmdstat_{command}", {"calls": 0})["calls"])


def test_messages_come_in_their_order_and_each_once(broker: Broker, client: redis.Redis) -> None:
    for number in range(10):
        broker.enqueue(message(number))
    ours = consumer(broker)

    came = []
    for _ in range(10):
        got = taken(ours)
        came.append(got.args[0])
        ours.ack(got)

    assert came == list(range(10))
    assert next(ours) is None
    assert client.keys("proofsheet:*store*") == []


def test_one_that_waits_is_woken_by_the_message(broker: Broker) -> None:
    ours = consumer(broker, milliseconds=4000)
    assert next(consumer(broker)) is None

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(taken, ours)
        wait_until(lambda: calls_blocked(broker), what="the consumer to wait")
        broker.enqueue(message(1))
        assert coming.result(timeout=3).args == (1,)


def calls_blocked(broker: Broker) -> int:
    return int(broker.client.info("clients")["blocked_clients"])


def test_two_hosts_that_wait_share_what_comes(broker: Broker, redis_url: str) -> None:
    ours, theirs = consumer(broker), consumer(make_broker(redis_url, []))
    with ThreadPoolExecutor(3) as pool:
        came = [pool.submit(taken, each) for each in (ours, theirs)]
        for number in range(2):
            wait_until(lambda: calls_blocked(broker), what="a consumer to wait")
            broker.enqueue(message(number))
            wait_until(lambda: any(each.done() for each in came), what="it to be taken")
    assert sorted(each.result().args[0] for each in came) == [0, 1]


def test_no_more_than_the_prefetch_is_taken_before_something_is_acknowledged(
    broker: Broker, client: redis.Redis
) -> None:
    for number in range(5):
        broker.enqueue(message(number))
    ours = consumer(broker, prefetch=2)

    first, _ = taken(ours), taken(ours)
    assert next(ours) is None
    assert client.llen(f"proofsheet:{QUEUE}") == 3

    ours.ack(first)
    assert taken(ours).args == (2,)


def test_what_was_fetched_goes_back_when_the_consumer_closes(broker: Broker, client: redis.Redis) -> None:
    for number in range(3):
        broker.enqueue(message(number))
    ours = consumer(broker)
    begun = taken(ours)

    ours.requeue([begun])
    ours.close()

    assert client.llen(f"proofsheet:{QUEUE}") == 3
    theirs = consumer(broker)
    assert sorted(taken(theirs).args[0] for _ in range(3)) == [0, 1, 2]


def test_what_the_queue_has_forgotten_is_passed_over(broker: Broker, client: redis.Redis) -> None:
    for number in range(2):
        broker.enqueue(message(number))
    client.hdel(f"proofsheet:{QUEUE}.msgs", str(client.lindex(f"proofsheet:{QUEUE}", 0)))

    assert taken(consumer(broker)).args == (1,)


def test_a_lost_server_is_said_as_dramatiq_understands_it(broker: Broker, valkey: ValkeyServer) -> None:
    broker.enqueue(message(1))
    ours = consumer(broker)
    got = taken(ours)

    valkey.kill()

    for action in (lambda: next(ours), lambda: ours.ack(got), lambda: ours.requeue([got])):
        with pytest.raises(ConnectionClosed):
            action()


def test_nothing_is_sent_with_a_delay(broker: Broker) -> None:
    with pytest.raises(ValueError, match="no delay"):
        broker.enqueue(message(1), delay=1000)


def test_a_worker_has_one_consumer_a_queue(broker: Broker, client: redis.Redis) -> None:
    ran: list[int] = []
    dramatiq.actor(ran.append, broker=broker, actor_name="note", queue_name=QUEUE)
    worker = Worker(broker, worker_threads=1, worker_timeout=50)
    worker.start()

    broker.enqueue(message(7))
    wait_until(lambda: ran and client.hlen(f"proofsheet:{QUEUE}.msgs") == 0, what="the message to be acknowledged")

    worker.stop()
    assert (set(worker.consumers), ran) == ({QUEUE}, [7])


def test_waiting_asks_no_more_than_once_a_period(broker: Broker, client: redis.Redis) -> None:
    ours = consumer(broker, milliseconds=200)
    next(ours)
    before = calls_of(client, "evalsha")

    for _ in range(3):
        assert next(ours) is None

    assert calls_of(client, "evalsha") - before == 3


def test_of_some_queues_no_more_than_their_share_is_taken(client: redis.Redis, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        broker = Broker(client=connection, middleware=[], namespace="proofsheet", most_at_once={QUEUE: 2})
        for number in range(4):
            broker.enqueue(message(number))

        ours = consumer(broker, prefetch=4)

        assert [taken(ours).args[0], taken(ours).args[0]] == [0, 1]
        assert next(ours) is None
