"""Whether this host can do its work: one check per thing it depends on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.core.database import db
from app.core.errors import StorageError
from app.core.migrate import is_current
from app.core.redis import redis_client
from app.generation.studio import Studio


@dataclass(frozen=True, slots=True)
class Check:
    """`advice` says what to do; it is empty when all is well and never holds an address with a password."""

    name: str
    advice: str = ""

    @property
    def well(self) -> bool:
        return not self.advice


def readiness(studio: Studio) -> list[Check]:
    """Database, Redis and store, in this order. Nothing raises: what cannot be reached is the answer."""
    checks: Mapping[str, Callable[[Studio], str]] = {"database": _database, "redis": _redis, "storage": _storage}
    return [Check(name, look(studio)) for name, look in checks.items()]


def _database(_studio: Studio) -> str:
    try:
        with db.engine.connect() as connection:
            current = is_current(connection)
    except (SQLAlchemyError, OSError) as error:
        return f"The database cannot be reached ({type(error).__name__}). Check DATABASE_URL."
    return "" if current else "The database is not at this version. Run `proofsheet migrate`."


def _redis(studio: Studio) -> str:
    url = studio.settings.redis_url
    if url is None:
        return "REDIS_URL is not set and no application runs here. Start `proofsheet up`."
    try:
        redis_client(url).ping()
    except (RedisError, OSError) as error:
        return f"Redis cannot be reached ({type(error).__name__}). Check REDIS_URL."
    return ""


def _storage(studio: Studio) -> str:
    try:
        studio.storage.check()
    except StorageError as error:
        return f"{error.message} Check STORAGE_URL."
    return ""
