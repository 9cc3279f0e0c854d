"""Dramatiq as its guide shows it: WindowRateLimiter around the call, and the Retries middleware for what it refuses."""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import Retry
from dramatiq.rate_limits import WindowRateLimiter
from dramatiq.rate_limits.backends import RedisBackend

from bench.peers.asking import Orders, ask

WINDOW_SECONDS = 10

orders = Orders.read()
broker = RedisBroker(url=orders.broker)
dramatiq.set_broker(broker)
limiter = WindowRateLimiter(
    RedisBackend(url=orders.broker), "provider", limit=orders.limit * WINDOW_SECONDS // 60, window=WINDOW_SECONDS
)


@dramatiq.actor(max_retries=None)
def generate(number: int) -> None:
    with limiter.acquire():
        wait = ask(orders, number)
    if wait is not None:
        raise Retry("The provider says 429.", delay=round(wait * 1000))


def main() -> None:
    for number in range(orders.images):
        generate.send(number)
    words = ["dramatiq", "bench.peers.window_rate_limiter", "--processes", "1", "--threads", str(orders.threads)]
    os.execvp(words[0], words)  # noqa: S606


if __name__ == "__main__":
    main()
