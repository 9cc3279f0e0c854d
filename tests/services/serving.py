"""A WSGI application behind a real address of this machine, in this process."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import ServiceUnavailable
from werkzeug.serving import make_server


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """The address at which it answers, `http://127.0.0.1:PORT`. At the end it is left alone: no request goes on."""
    requests = _Requests(app)
    server = make_server("127.0.0.1", 0, requests, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        requests.finish()


class _Requests:
    """Counts what the application is answering, and closes every response.

    The server itself does neither: it leaves its threads alone at the end, and forgets a response when the browser hangs
    up while it reads what is left of the request.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._changed = Condition()
        self._running = 0
        self._over = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._changed:
            app = ServiceUnavailable() if self._over else self._app
            self._running += 1
        response: Iterable[bytes] = ()
        try:
            response = app(environ, start_response)
            yield from response
        finally:
            if close := getattr(response, "close", None):
                close()
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def finish(self) -> None:
        """Wait for what runs; what comes later is turned away."""
        with self._changed:
            self._over = True
            assert self._changed.wait_for(lambda: self._running == 0, timeout=20), "a request never ended"
