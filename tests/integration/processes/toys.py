"""Small programs for the supervisor to run: `python toys.py NAME`. Each writes its process id to `pids/NAME`, a line a life."""

import http.server
import os
import signal
import sys
import threading
import time
from pathlib import Path

FOLDER = Path(os.environ["TOYS"])


def note(file: str, text: str) -> None:
    with (FOLDER / file).open("a") as opened:
        opened.write(f"{text}\n")


def ready() -> None:
    sys.stdout.write("toy is ready for action\n")
    sys.stdout.flush()


def wait_for_sigterm(name: str, *, after: float = 0.0) -> None:
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    ready()
    while not asked.wait(0.05):
        pass
    note("order", f"{name} asked")
    time.sleep(after)
    note("order", f"{name} ended")


def web() -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/livez" else 404)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name it has in the library
            sys.stdout.write(f"GET {self.path}\n")
            sys.stdout.flush()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    wait_for_sigterm("web")


def worker() -> None:
    """Has a child of its own, as dramatiq has, and needs a moment to finish its work."""
    child = os.fork()
    if child == 0:
        note("pids/grandchild", str(os.getpid()))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            signal.pause()
    wait_for_sigterm("worker", after=0.3)
    os.kill(child, signal.SIGKILL)


def deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready()
    while True:
        signal.pause()


def scheduler() -> None:
    wait_for_sigterm("scheduler")


def crashing() -> None:
    sys.exit("no such setting")


if __name__ == "__main__":
    (FOLDER / "pids").mkdir(exist_ok=True)
    note(f"pids/{sys.argv[1]}", str(os.getpid()))
    {"web": web, "worker": worker, "deaf": deaf, "scheduler": scheduler, "crashing": crashing}[sys.argv[1]]()
