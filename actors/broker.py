"""The workers' broker and the order of its middleware.

Retries are not among them: a failed call is written on its row with the moment from which it may be tried again.
"""

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Callbacks, CurrentMessage, ShutdownNotifications, TimeLimit

from actors.middleware.app_context import AppContext
from actors.middleware.process import ProcessRow
from actors.middleware.rate_limit import RateLimit
from app.core.queue import make_broker
from app.core.settings import Settings


def install_broker(settings: Settings) -> RedisBroker:
    """Make the broker of a worker process and install it. Raises ConfigurationError without REDIS_URL."""
    context = AppContext(settings)
    broker = make_broker(
        settings.redis_url,
        [
            AgeLimit(),
            TimeLimit(),
            ShutdownNotifications(),
            Callbacks(),
            CurrentMessage(),
            context,
            ProcessRow(context),
            RateLimit(context),
        ],
    )
    dramatiq.set_broker(broker)
    return broker
