"""Every message runs inside the Flask application's context."""

import threading
from typing import Any

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware
from flask import Flask
from flask.ctx import AppContext as FlaskContext

from app import create_app
from app.core.settings import Settings


class AppContext(Middleware):
    """Makes the application after the fork, and pushes and pops its context around each message."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._local = threading.local()
        self._app: Flask | None = None

    @property
    def app(self) -> Flask:
        """This process' application. Only there once the process has booted."""
        if self._app is None:
            raise RuntimeError("the worker process has not booted")
        return self._app

    def after_process_boot(self, broker: Broker) -> None:
        self._app = create_app(self._settings)

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        context = self.app.app_context()
        context.push()
        self._local.context = context

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        self._pop()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        self._pop()

    def _pop(self) -> None:
        """A message that an earlier middleware skipped has no context yet."""
        context: FlaskContext | None = getattr(self._local, "context", None)
        if context is not None:
            self._local.context = None
            context.pop()
