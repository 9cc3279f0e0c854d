"""One Redis client a process, made on first use so that it is made after forks, and scripts that run in one piece."""

from functools import cache, lru_cache
from hashlib import sha1
from typing import Any

import redis
from redis.exceptions import NoScriptError


@lru_cache(maxsize=4)
def redis_client(url: str) -> redis.Redis:
    """A client with a pool; every call has a time-out, so that a lost server cannot hang a request."""
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2, decode_responses=True)


def run_script(client: redis.Redis, script: str, keys: list[str], *arguments: object) -> Any:
    """What a Lua script answers, texts as the client gives them. It is sent once; after that the server knows it by its
    name. Raises RedisError.
    """
    words = [*keys, *map(str, arguments)]
    try:
        return client.evalsha(_digest(script), len(keys), *words)
    except NoScriptError:
        return client.eval(script, len(keys), *words)


@cache
def _digest(script: str) -> str:
    return sha1(script.encode(), usedforsecurity=False).hexdigest()
