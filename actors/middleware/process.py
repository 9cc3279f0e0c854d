"""Every worker process has a row that it beats while it lives."""

import structlog
from dramatiq import Broker, Worker
from dramatiq.middleware import Middleware

from actors.middleware.app_context import AppContext
from app.core.queue import QueueName
from app.generation.heartbeat import GENERATE, Heartbeat

log = structlog.get_logger()


class ProcessRow(Middleware):
    """Starts the heartbeat with the worker and ends it when the worker has stopped."""

    heartbeat: Heartbeat

    def __init__(self, context: AppContext) -> None:
        self._context = context

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        app = self._context.app
        lease = app.extensions["studio"].settings.lease_seconds
        kind = GENERATE if worker.consumer_whitelist and QueueName.GENERATE in worker.consumer_whitelist else "worker"
        self.heartbeat = Heartbeat(app, kind=kind, lease_seconds=lease, threads=worker.worker_threads)
        app.extensions["heartbeat"] = self.heartbeat
        app.extensions["process_id"] = self.heartbeat.process_id
        self.heartbeat.start()
        log.info("worker_started", kind=kind, process=str(self.heartbeat.process_id))

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        self.heartbeat.stop()
        log.info("worker_stopped", process=str(self.heartbeat.process_id))
