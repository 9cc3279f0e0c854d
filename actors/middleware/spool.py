"""Every worker process helps its host to empty the spool."""

from dramatiq import Broker, Worker
from dramatiq.middleware import Middleware

from actors.middleware.app_context import AppContext
from app.generation.spool import Drainer


class DrainSpool(Middleware):
    """Starts the drainer with the worker and stops it when the worker has stopped."""

    drainer: Drainer

    def __init__(self, context: AppContext) -> None:
        self._context = context

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        self.drainer = Drainer(self._context.app)
        self.drainer.start()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        self.drainer.stop()
