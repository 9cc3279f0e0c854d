"""Whether this host can do its work: one check per thing it depends on."""

from dataclasses import dataclass

from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import StorageError
from app.core.migrate import is_current
from app.core.redis import redis_client
from app.storage.interface import Storage


@dataclass(frozen=True, slots=True)
class Check:
    """`advice` says what is wrong and what to do; empty when all is well. It never holds an address or a password."""

    name: str
    advice: str = ""

    @property
    def well(self) -> bool:
        return not self.advice


def readiness(engine: Engine, redis_url: str | None, storage: Storage) -> list[Check]:
    """Database, Redis and store. Nothing raises: what cannot be reached is the answer."""
    return [
        Check("database", _database(engine)),
        Check("redis", _redis(redis_url)),
        Check("storage", _storage(storage)),
    ]


def _database(engine: Engine) -> str:
    try:
        with engine.connect() as connection:
            current = is_current(connection)
    except (SQLAlchemyError, OSError) as error:
        return f"The database cannot be reached ({type(error).__name__}). Check DATABASE_URL."
    return "" if current else "The database is not at this version. Run `proofsheet migrate`."


def _redis(url: str | None) -> str:
    if url is None:
        return "REDIS_URL is not set and no application runs here. Start `proofsheet up`."
    try:
        redis_client(url).ping()
    except (RedisError, OSError) as error:
        return f"Redis cannot be reached ({type(error).__name__}). Check REDIS_URL."
    return ""


def _storage(storage: Storage) -> str:
    try:
        storage.check()
    except StorageError as error:
        return f"{error.message} Check STORAGE_URL."
    return ""
