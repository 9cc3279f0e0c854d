"""The broker and the order of its middleware.

Retries are not among them: a failed call is written on its row with the moment from which it may be tried again.
"""

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Callbacks, Middleware, ShutdownNotifications, TimeLimit

from actors.middleware.app_context import AppContext
from actors.middleware.process import ProcessRow
from actors.middleware.rate_limit import RateLimit
from app.core.errors import ConfigurationError
from app.core.settings import Settings


def install_broker(settings: Settings, *, for_workers: bool) -> RedisBroker:
    """Make the broker and install it. Processes that only send need none of the workers' middleware."""
    if settings.redis_url is None:
        raise ConfigurationError("REDIS_URL: is not set. Start everything with `proofsheet up`, or name a server.")
    context = AppContext(settings)
    middleware: list[Middleware] = [AgeLimit(), TimeLimit(), ShutdownNotifications(), Callbacks()]
    if for_workers:
        middleware += [context, ProcessRow(context), RateLimit(context)]
    broker = RedisBroker(url=settings.redis_url, middleware=middleware, namespace="proofsheet")
    dramatiq.set_broker(broker)
    return broker
