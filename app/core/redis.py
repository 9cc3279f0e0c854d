"""One Redis client a process, made on first use so that it is made after forks."""

from functools import lru_cache

import redis


@lru_cache(maxsize=4)
def redis_client(url: str) -> redis.Redis:
    """A client with a pool; every call has a time-out, so that a lost server cannot hang a request."""
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2, decode_responses=True)
