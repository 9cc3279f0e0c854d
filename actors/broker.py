"""The workers' broker and the order of its middleware.

Retries are not among them: a failed call is written on its row with the moment from which it may be tried again.
"""

import dramatiq
from dramatiq.middleware import Callbacks, CurrentMessage, ShutdownNotifications, TimeLimit

from actors.middleware.app_context import AppContext
from actors.middleware.process import ProcessRow
from actors.middleware.rate_limit import RateLimit
from actors.middleware.spool import DrainSpool
from app.core.broker import Broker
from app.core.queue import make_broker
from app.core.settings import Settings


def install_broker(settings: Settings) -> Broker:
    """Make the broker of a worker process and install it. Raises ConfigurationError without REDIS_URL."""
    context = AppContext(settings)
    broker = make_broker(
        settings.redis_url,
        [
            TimeLimit(),
            ShutdownNotifications(),
            Callbacks(),
            CurrentMessage(),
            context,
            ProcessRow(context),
            DrainSpool(context),
            RateLimit(context),
        ],
    )
    dramatiq.set_broker(broker)
    return broker
