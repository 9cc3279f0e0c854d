"""A call ends when its time is over, also if its answer never quite stops coming.

The client's own read time-out is for each read: an answer that drips would last for ever, longer than a process that is
told to stop waits for its calls.
"""

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

AT_ONCE = 1 << 20
"""Bytes read at most from a connection that is not encrypted: with the client's own 64 KB, a picture takes thirty turns
through all its layers. TLS hands out 16 KB at a time, whatever is asked for."""


def in_total(request: "httpx2.Request") -> None:
    """A hook for the requests of a client: the read time-out is for the whole call, counted from here.

    Only for clients that keep no connections: what it lays over one stays there.
    """
    until = time.monotonic() + request.extensions["timeout"]["read"]

    def watch(event: str, info: dict[str, Any]) -> None:
        """The client tells its steps to "trace"; a new connection, and what TLS makes of it, is the result of one."""
        if event.endswith("connect_tcp.complete"):
            _end_reads(info["return_value"], until, at_once=AT_ONCE)
        elif event.endswith("start_tls.complete"):
            _end_reads(info["return_value"], until)

    request.extensions["trace"] = watch


def _end_reads(stream: Any, until: float, *, at_once: int = 0) -> None:
    """Let no read of this connection last beyond the moment, and each take up to so many bytes if they are there."""
    import httpcore2  # noqa: PLC0415  takes long to import, and only the processes that make pictures need it

    read = stream.read

    def read_until(max_bytes: int, timeout: float | None = None) -> bytes:
        left = until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("The answer was not complete in time.")
        return bytes(read(max(max_bytes, at_once), left if timeout is None else min(timeout, left)))

    stream.read = read_until
