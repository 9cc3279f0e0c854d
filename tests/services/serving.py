"""A WSGI application behind a real address of this machine, in this process."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import make_server


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """The address at which it answers, `http://127.0.0.1:PORT`."""
    server = make_server("127.0.0.1", 0, _closed(app), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _closed(app: WSGIApplication) -> WSGIApplication:
    """Closes every response: this server forgets to when the browser hangs up while it reads what is left of a request."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = app(environ, start_response)
        try:
            yield from response
        finally:
            if close := getattr(response, "close", None):
                close()

    return answer
