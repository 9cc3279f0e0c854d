"""The provider of all measurements: the tests' fake OpenAI in a process of its own, with its control address."""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any, Self
from urllib.request import Request, urlopen

from app.processes.guard import Guard
from bench.program import Program, as_a_worker
from bench.waiting import wait_for

KEY = "sk-bench-0123456789abcdefghijklmnop"
Limit = Mapping[str, object]


def window(per_minute: int, seconds: float = 10) -> Limit:
    """A sliding window that lets through `per_minute` in pieces of `seconds`: harder than a whole minute's window."""
    return {"kind": "window", "images": round(per_minute * seconds / 60), "seconds": seconds}


def bucket(per_minute: int, burst: int = 5) -> Limit:
    """A token bucket that holds few tokens."""
    return {"kind": "bucket", "per_minute": per_minute, "burst": burst}


class Provider:
    """`latency` and `jitter` are seconds, evenly spread over latency ± jitter.

    photographs: pictures of a byte and a half a pixel, as image models send them, instead of a few flat colours.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        latency: float = 0.0,
        jitter: float = 0.0,
        limit: Limit | None = None,
        photographs: bool = False,
    ) -> None:
        argv = [sys.executable, "-m", "tests.fakes.openai_api", "--latency", str(latency), "--jitter", str(jitter)]
        argv += ["--key", KEY, *(["--photographs"] if photographs else [])]
        self._program = Program(guard, as_a_worker(argv))  # it, too, makes several copies of an answer
        self._limit = limit

    def __enter__(self) -> Self:
        self._program.__enter__()
        wait_for(lambda: self._program.lines, within=30, what="the provider's address")
        address = json.loads(self._program.lines[0])
        self.base_url, self._control_url = str(address["base_url"]), str(address["control_url"])
        self.change(limit=self._limit)
        return self

    def __exit__(self, *_: object) -> None:
        self._program.__exit__()

    @property
    def pid(self) -> int:
        return self._program.pid

    def change(self, **settings: object) -> None:
        """Change latency, jitter or limit while it runs."""
        self._ask("POST", "settings", settings)

    def calls(self) -> list[dict[str, Any]]:
        """Every call so far; `started` and `finished` are seconds of the provider's own monotonic clock."""
        answer: list[dict[str, Any]] = self._ask("GET", "calls")
        return answer

    def let_in(self) -> int:
        """How many calls it has let in so far."""
        return sum(count for outcome, count in self.counters().items() if outcome != "rate_limited")

    def now(self) -> float:
        """This moment on the provider's clock; there must have been a call."""
        first = self.calls()[0]
        return float(first["started"] - first["started_at"] + time.time())

    def counters(self) -> dict[str, int]:
        answer: dict[str, int] = self._ask("GET", "state")["counters"]
        return answer

    def _ask(self, method: str, what: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self._control_url}/{what}", data=data, method=method)  # noqa: S310  our own server
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)
