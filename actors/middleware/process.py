"""Every worker process has a row that it beats while it lives."""

from dramatiq import Broker, Worker
from dramatiq.middleware import Middleware

from actors.middleware.app_context import AppContext
from app.generation.heartbeat import Heartbeat


class ProcessRow(Middleware):
    """Starts the heartbeat with the worker and ends it when the worker has stopped."""

    heartbeat: Heartbeat

    def __init__(self, context: AppContext) -> None:
        self._context = context

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        app = self._context.app
        lease = app.extensions["studio"].settings.lease_seconds
        kind = "generate" if worker.consumer_whitelist and "generate" in worker.consumer_whitelist else "worker"
        self.heartbeat = Heartbeat(app, kind=kind, lease_seconds=lease)
        app.extensions["process_id"] = self.heartbeat.process_id
        self.heartbeat.start()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        self.heartbeat.stop()
