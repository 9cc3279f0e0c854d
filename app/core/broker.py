"""dramatiq's Redis broker for queues that are only ever sent to at once.

dramatiq asks every queue, and a second one beside it for delayed messages, again and again: idle workers cost a
noticeable part of a core, and a message waits for the next question. Here nothing is sent with a delay (waiting times
are on the rows), so there are no delay queues; and a consumer waits until its queue holds something.
"""

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import dramatiq
import redis
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import ConnectionClosed

from app.core.fail_points import FailPoint, fail_point

GONE = (redis.ConnectionError, redis.TimeoutError)


class Broker(RedisBroker):
    """Messages are enqueued, fetched and acknowledged by dramatiq's own script."""

    def __init__(self, *, most_at_once: Mapping[str, int] | None = None, **options: Any) -> None:
        """most_at_once: of these queues a process works on no more messages at the same time."""
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._most_at_once = most_at_once or {}

    def declare_queue(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        """Send a message. Raises ValueError for one with a delay, which nobody would fetch."""
        if delay is not None:
            raise ValueError("messages have no delay: keep the time on the row and send when it is due")
        sent: dramatiq.Message[Any] = super().enqueue(message)
        return sent

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 1000) -> Consumer:
        """timeout: milliseconds after which a consumer that waits in vain says so."""
        most = min(prefetch, self._most_at_once.get(queue_name, prefetch))
        return WaitingConsumer(self, queue_name, most, timeout / 1000)


class WaitingConsumer(Consumer):
    """Waits for room in its process, then for a message in its queue. At most `prefetch` are not acknowledged."""

    def __init__(self, broker: Broker, queue_name: str, prefetch: int, seconds: float) -> None:
        self._broker = broker
        self._queue_name = queue_name
        self._prefetch = prefetch
        self._seconds = seconds
        self._fetched: deque[MessageProxy] = deque()
        self._outstanding: set[str] = set()
        self._freed = threading.Event()
        self._more = True

    def __next__(self) -> MessageProxy | None:
        """The next message, or None after the wait, so that the caller can see whether it shall stop."""
        if not self._fetched and self._has_room():
            self._fetch()
        if not self._fetched:
            return None
        message = self._fetched.popleft()
        self._outstanding.add(_key(message))
        return message

    def ack(self, message: MessageProxy) -> None:
        fail_point(FailPoint.MESSAGE_UNACKNOWLEDGED, message.actor_name)
        self._settle("ack", message)

    def nack(self, message: MessageProxy) -> None:
        self._settle("nack", message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Back into the queue with what was fetched and not processed."""
        if keys := [_key(message) for message in messages]:
            self._run("requeue", *keys)

    def close(self) -> None:
        self.requeue(self._fetched)
        self._fetched.clear()

    def _settle(self, command: str, message: MessageProxy) -> None:
        try:
            self._run(command, _key(message))
        finally:
            self._outstanding.discard(_key(message))
            self._freed.set()

    def _has_room(self) -> bool:
        self._freed.clear()
        return len(self._outstanding) < self._prefetch or self._freed.wait(self._seconds)

    def _fetch(self) -> None:
        """Take as many messages as there is room for; if the queue was empty the last time, wait until it is not.

        An id that is moved to its own place waits for one without changing anything, so none can get lost on the way;
        the script then takes it and notes who has it. That note also says that this worker lives.
        """
        if not self._more:
            self._wait()
        room = self._prefetch - len(self._outstanding)
        fetched = self._run("fetch", room)
        self._more = len(fetched) == room
        # An id without a message was processed by somebody else after this one had been given up.
        self._fetched.extend(MessageProxy(dramatiq.Message.decode(data)) for data in fetched if data is not None)

    def _wait(self) -> None:
        queue = f"{self._broker.namespace}:{self._queue_name}"
        try:
            self._broker.client.execute_command("BLMOVE", queue, queue, "LEFT", "LEFT", self._seconds)
        except GONE as error:
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]

    def _run(self, command: str, *arguments: str | int) -> Any:
        """One command of dramatiq's script. Raises ConnectionClosed, after which dramatiq makes another consumer."""
        try:
            return getattr(self._broker, f"do_{command}")(self._queue_name, *arguments)
        except GONE as error:
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]


def _key(message: MessageProxy) -> str:
    """Under which the message is stored; another each time it is sent."""
    return str(message.options["redis_message_id"])
