"""What the fake provider knows: its settings, its rules, who called when, and the bill."""

import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.openai_api.behaviours import BEHAVIOURS, GOOD, Behaviour, marked
from tests.fakes.openai_api.bill import Bill
from tests.fakes.openai_api.limits import Limit, limit_from, told

IMAGES = "/v1/images/generations"


@dataclass(slots=True)
class Rule:
    """Calls of `path` whose text holds `containing` behave so, `times` times or always."""

    behaviour: str
    containing: str = ""
    times: int | None = None
    path: str = IMAGES


@dataclass(slots=True)
class Call:
    """One request as it came; times are seconds since the epoch, and seconds since the server began."""

    path: str
    key: str
    text: str
    body: dict[str, Any]
    started_at: float
    started: float
    request_id: str = field(default_factory=lambda: f"req_{uuid.uuid4().hex}")
    finished: float | None = None
    status: int | None = None
    outcome: str | None = None

    def described(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name not in {"body", "key"}}


class World:
    def __init__(
        self,
        *,
        bill: Path | None,
        latency: float,
        jitter: float,
        limit: Limit | None,
        key: str | None,
        photographs: bool = False,
    ) -> None:
        self.bill = Bill(bill)
        self.photographs = photographs
        self.latency, self.jitter, self.limit, self.key = latency, jitter, limit, key
        self.tells_limit = False
        self.writing_latency = 0.0
        self.stopping = threading.Event()
        self._began = time.monotonic()
        self._lock = threading.RLock()
        self._random = random.Random()
        self._rules: list[Rule] = []
        self._seen: Counter[tuple[str, str]] = Counter()
        self._calls: list[Call] = []

    def begin(self, path: str, key: str, text: str, body: dict[str, Any]) -> Call:
        with self._lock:
            call = Call(path, key, text, body, time.time(), time.monotonic() - self._began)
            self._calls.append(call)
            return call

    def end(self, call: Call, status: int | None, outcome: str) -> None:
        with self._lock:
            call.finished, call.status, call.outcome = time.monotonic() - self._began, status, outcome

    def behaviour_for(self, call: Call) -> tuple[str, Behaviour]:
        """What happens to a call for a picture: by rule, else by marker, else it is made."""
        name = self.ruled(call) or marked(call.text) or "ok"
        plain = name.removesuffix("-once")
        if plain != name and not self._first(name, call.text):
            return "ok", GOOD
        return plain, BEHAVIOURS[plain]

    def ruled(self, call: Call) -> str | None:
        """The behaviour of the first rule that fits; uses the rule up by one."""
        with self._lock:
            for rule in self._rules:
                if rule.path == call.path and rule.containing in call.text and rule.times != 0:
                    rule.times = None if rule.times is None else rule.times - 1
                    return rule.behaviour
        return None

    def _first(self, name: str, text: str) -> bool:
        with self._lock:
            self._seen[name, text] += 1
            return self._seen[name, text] == 1

    def take(self) -> float:
        """Seconds to wait because of the rate limit; 0 if the call is let in."""
        with self._lock:
            return self.limit.take() if self.limit else 0.0

    def told(self) -> dict[str, str]:
        """The headers that name the limit; none unless it is told."""
        with self._lock:
            return told(self.limit) if self.limit and self.tells_limit else {}

    def work(self) -> None:
        """Lets the time pass that a picture takes. Ends early when the server stops."""
        self.stopping.wait(max(0.0, self.latency + self._random.uniform(-self.jitter, self.jitter)))

    def write(self) -> None:
        """Lets the time pass that a text takes."""
        self.stopping.wait(self.writing_latency)

    def script(self, rule: Rule) -> None:
        if rule.path == IMAGES and rule.behaviour.removesuffix("-once") not in BEHAVIOURS:
            raise ValueError(f"no behaviour {rule.behaviour!r}; there are {', '.join(BEHAVIOURS)}")
        with self._lock:
            self._rules.append(rule)

    def forget_rules(self) -> None:
        with self._lock:
            self._rules.clear()
            self._seen.clear()

    def set(self, **settings: Any) -> None:
        """Any of latency, jitter, writing_latency (seconds), limit (as a table or None), tells_limit and key."""
        with self._lock:
            for name, value in settings.items():
                if name not in {"latency", "jitter", "writing_latency", "limit", "tells_limit", "key"}:
                    raise ValueError(f"no setting {name!r}")
                setattr(self, name, limit_from(value) if name == "limit" and isinstance(value, dict) else value)

    @property
    def calls(self) -> list[dict[str, Any]]:
        with self._lock:
            return [call.described() for call in self._calls]

    @property
    def counters(self) -> dict[str, int]:
        """How often each outcome was, and how many calls are in flight."""
        with self._lock:
            return dict(Counter(call.outcome or "in_flight" for call in self._calls if call.path == IMAGES))

    def state(self) -> dict[str, Any]:
        with self._lock:
            return {
                "latency": self.latency,
                "jitter": self.jitter,
                "limit": self.limit.described() if self.limit else None,
                "rules": [asdict(rule) for rule in self._rules],
                "counters": self.counters,
                "billed": len(self.bill.entries),
            }
