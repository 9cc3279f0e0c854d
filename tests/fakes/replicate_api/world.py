"""What the fake provider knows: its predictions, what becomes of each, and the bill.

Markers in prompts, at creation:  [429] [402] [401] [422] [500] [503], [drop] (created, but the answer is lost), [refuse]
(the connection ends and nothing is created), [no-id] (created, and answered with a page).
At the end:  [nsfw] [e005] [failed] [interrupted] [aborted] [gone] [file-gone] [foreign] [not-a-picture], and [hold], which
never ends by itself.  When asked:  [ask-500] [ask-429] [ask-close].  [no-cancel] does not let itself be cancelled.
"""

import hashlib
import random
import re
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.fakes.openai_api.bill import Bill
from tests.fakes.openai_api.pictures import paint

NSFW = "NSFW content detected. Try running it again, or try a different prompt."
E005 = "The input or output was flagged as sensitive. Please try again with different inputs. (E005)"
FAILURES = {
    "nsfw": NSFW,
    "e005": E005,
    "failed": "CUDA out of memory while drawing '{prompt}' with {token}",
    "interrupted": "Prediction interrupted; please retry (code: PA)",
}
PRICE = "0.003"
SIZES = {"1:1": (1024, 1024), "3:2": (1216, 832), "2:3": (832, 1216), "16:9": (1344, 768), "9:16": (768, 1344)}
MARKER = re.compile(r"\[([a-z0-9-]+)\]")


@dataclass(slots=True)
class Prediction:
    model: str
    input: dict[str, Any]
    cancel_after: str | None
    token: str
    created: float = field(default_factory=time.time)
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:26])
    status: str = "processing"
    output: Any = None
    error: str | None = None
    data_removed: bool = False
    predict_time: float | None = None
    file: bytes | None = None

    @property
    def prompt(self) -> str:
        return str(self.input.get("prompt", ""))

    def described(self, base_url: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "model": self.model,
            "version": "hidden",
            "input": {} if self.data_removed else self.input,
            "output": self.output,
            "error": self.error,
            "status": self.status,
            "data_removed": self.data_removed,
            "created_at": datetime.fromtimestamp(self.created, UTC).isoformat(),
            "metrics": {} if self.predict_time is None else {"predict_time": self.predict_time},
            "urls": {
                "get": f"{base_url}/predictions/{self.id}",
                "cancel": f"{base_url}/predictions/{self.id}/cancel",
            },
        }


class World:
    def __init__(self, *, bill: Path | None, token: str | None) -> None:
        self.token, self.latency = token, 0.0
        self.file_url = ""
        self._bill = Bill(bill)
        self._lock = threading.RLock()
        self._predictions: dict[str, Prediction] = {}
        self._seen: Counter[tuple[str, str]] = Counter()

    def create(self, model: str, given: dict[str, Any], *, cancel_after: str | None, token: str) -> Prediction:
        with self._lock:
            made = Prediction(model, given, cancel_after, token)
            self._predictions[made.id] = made
            return made

    def marked(self, prompt: str, *names: str) -> str | None:
        """The first of these markers that the prompt holds and that still counts."""
        for found in MARKER.findall(prompt):
            plain = found.removesuffix("-once")
            if plain in names and (plain == found or self._first(found, prompt)):
                return plain
        return None

    def _first(self, name: str, prompt: str) -> bool:
        with self._lock:
            self._seen[name, prompt] += 1
            return self._seen[name, prompt] == 1

    def get(self, prediction_id: str) -> Prediction | None:
        self.settle()
        with self._lock:
            return self._predictions.get(prediction_id)

    def cancel(self, found: Prediction) -> bool:
        with self._lock:
            if found.status != "processing" or self.marked(found.prompt, "no-cancel"):
                return False
            found.status, found.predict_time = "canceled", time.time() - found.created
            return True

    @property
    def predictions(self) -> list[Prediction]:
        """All of them, the newest first."""
        self.settle()
        with self._lock:
            return sorted(self._predictions.values(), key=lambda each: each.created, reverse=True)

    @property
    def bill(self) -> list[dict[str, Any]]:
        self.settle()
        return self._bill.entries

    def settle(self) -> None:
        """End what has been worked on for long enough, as the provider does whether it is asked or not."""
        with self._lock:
            for each in self._predictions.values():
                if each.status == "processing" and time.time() >= each.created + self.latency:
                    self._end(each)

    def _end(self, each: Prediction) -> None:
        name = self.marked(each.prompt, *FAILURES, "aborted", "hold", "gone", "file-gone", "foreign", "not-a-picture")
        if name == "hold":
            return
        if name in FAILURES:
            each.status = "failed"
            each.error = FAILURES[name].format(prompt=each.prompt, token=each.token)
            each.predict_time = None if name == "interrupted" else 1.5
        elif name == "aborted":
            each.status = "aborted"
        else:
            self._draw(each, name)

    def _draw(self, each: Prediction, name: str | None) -> None:
        width, height = SIZES.get(str(each.input.get("aspect_ratio")), (1024, 1024))
        picture = paint(width, height, seed=random.getrandbits(64))
        each.status, each.predict_time, each.file = "succeeded", 1.5, picture
        each.output = [f"{self.file_url}/files/{each.id}/out-0.png"]
        if name == "gone":
            each.output, each.data_removed = None, True
        elif name == "file-gone":
            each.file = None
        elif name == "foreign":
            each.output = [each.output[0].replace("localhost", "127.0.0.1")]
        elif name == "not-a-picture":
            each.file = b"<html>Please wait</html>"
        self._bill.charge(
            {
                "time": time.time(),
                "request_id": each.id,
                "prompt": each.prompt,
                "model": each.model,
                "sha256": hashlib.sha256(picture).hexdigest(),
                "cost": PRICE,
                "outcome": name or "ok",
            }
        )

    def close(self) -> None:
        self._bill.close()
