"""Pictures from Replicate: a prediction is created by one call, asked about by others, and fetched when it is there.

A thin client of its own over HTTP, without retries and redirects. The token goes to the API and nowhere else: pictures
are fetched without it, from the configured host only.
"""

import json
import math
import os
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import ValidationError

from app.core.errors import ErrorClass, ProviderError
from app.providers.interface import Cancelled, Ended, Generated, Gone, ImageRequest, Polled, Submitted, Working
from app.providers.replicate_answers import Page, Prediction, failure, not_asked, refusal, trouble
from app.providers.total_time import in_total

if TYPE_CHECKING:
    import httpx2

DEFAULT_BASE_URL = "https://api.replicate.com/v1"
CONNECT_SECONDS = 5.0
ASK_SECONDS = 10.0
FETCH_SECONDS = 25.0
MOST_BYTES = 64 * 1024 * 1024
SHORTEST_DEADLINE = 5
"""Seconds; Replicate takes no shorter Cancel-After."""
AROUND = timedelta(seconds=90)
"""How far from the moment we sent a request its prediction may have been created."""
MOST_PAGES = 20
"""Of a hundred predictions each, that are looked through for a lost one."""
DELETED = "Replicate has deleted the picture, which it keeps for one hour."


@dataclass(frozen=True, slots=True)
class _Clients:
    """`creating` keeps no connections: one that is closed just when it is used leaves a call nobody knows about."""

    owner: int
    creating: "httpx2.Client"
    asking: "httpx2.Client"
    fetching: "httpx2.Client"

    def close(self) -> None:
        for client in (self.creating, self.asking, self.fetching):
            client.close()


class Replicate:
    """The provider "replicate". A model is named owner/name, or owner/name:version where it is not an official one.

    Cheap to make; its clients are made at the first call of each process, after forks, and shared by all threads.
    """

    name = "replicate"

    def __init__(self, token: str, base_url: str | None = None, *, file_host: str = "replicate.delivery") -> None:
        self._token = token.strip()
        self._base_url = (base_url or DEFAULT_BASE_URL).rstrip("/")
        self._file_host = file_host
        self._lock = threading.Lock()
        self._owned: _Clients | None = None

    def submit(self, request: ImageRequest) -> Submitted:
        """Create a prediction that Replicate itself ends at the deadline, should we all be gone by then."""
        body: dict[str, Any] = {"input": filled(request)}
        path = f"/models/{request.model}/predictions"
        if ":" in request.model:
            path, body["version"] = "/predictions", request.model
        answer = self._create(path, body, request)
        if answer.status_code >= 300:
            raise self._refused(answer, prompt=request.prompt, creating=True)
        try:
            return Submitted(Prediction.model_validate_json(answer.content).id)
        except ValidationError:
            raise trouble(ErrorClass.AMBIGUOUS, "(an answer without an id)") from None

    def poll(self, remote_id: str) -> Polled:
        answer = self._ask("GET", f"/predictions/{remote_id}")
        if answer.status_code == 404:
            return Gone("Replicate does not know this prediction.")
        if answer.status_code != 200:
            raise self._refused(answer)
        try:
            return self._outcome(Prediction.model_validate_json(answer.content))
        except ValidationError:
            raise not_asked("not a prediction") from None

    def cancel(self, remote_id: str) -> bool:
        return self._ask("POST", f"/predictions/{remote_id}/cancel").status_code < 300

    def find(self, request: ImageRequest, *, age_seconds: float) -> list[str]:
        """Predictions with the very same input, by Replicate's own clock. It is the seed that makes an input ours."""
        if "{seed}" not in request.inputs.values():
            return []
        wanted, model = filled(request), request.model.partition(":")[0]
        return [
            found.id
            for found in self._created(age_seconds)
            if found.model in {None, model} and wanted == {name: (found.input or {}).get(name) for name in wanted}
        ]

    def _created(self, age_seconds: float) -> Iterator[Prediction]:
        """The account's predictions of the time around so long ago."""
        sent = self._clock() - timedelta(seconds=age_seconds)
        query = {"created_after": (sent - AROUND).isoformat(), "created_before": (sent + AROUND).isoformat()}
        for _ in range(MOST_PAGES):
            page = self._page(f"/predictions?{urlencode(query)}")
            yield from page.predictions
            cursor = parse_qs(urlsplit(page.next or "").query).get("cursor")
            if not cursor:
                return
            query = {"cursor": cursor[0]}

    def _page(self, path: str) -> Page:
        answer = self._ask("GET", path)
        if answer.status_code != 200:
            raise self._refused(answer)
        try:
            return Page.model_validate_json(answer.content)
        except ValidationError:
            raise not_asked("not a list of predictions") from None

    def _clock(self) -> datetime:
        """Replicate's time, from the head of an answer: its clock and ours may differ by minutes."""
        try:
            return parsedate_to_datetime(self._ask("GET", "/account").headers["date"])
        except (KeyError, ValueError):
            return datetime.now(UTC)

    def _outcome(self, found: Prediction) -> Polled:
        if found.status == "succeeded":
            return self._picture(found)
        if found.status == "failed":
            return Ended(failure(found, secrets=(self._token,)))
        if found.status == "canceled":
            return Cancelled(may_have_billed=found.ran)
        if found.status == "aborted":
            return Ended(trouble(ErrorClass.TRANSIENT, "Its deadline passed before it began.", remote_id=found.id))
        return Working()

    def _picture(self, found: Prediction) -> Polled:
        if found.output is None:
            return Gone(DELETED)
        if found.address is None or not self._may_fetch(found.address):
            what = "Its picture is not at PROOFSHEET_REPLICATE_FILE_HOST. Correct that, then check again."
            return Ended(trouble(ErrorClass.AMBIGUOUS, what, remote_id=found.id))
        content = self._fetch(found.address)
        return Gone(DELETED) if content is None else Generated(content, found.id, revised_prompt=None, usage=None)

    def _may_fetch(self, address: str) -> bool:
        """Only from the file host and its subdomains, and not over a weaker connection than the API's."""
        parts = urlsplit(address)
        host = parts.hostname or ""
        known = host == self._file_host or host.endswith(f".{self._file_host}")
        return known and parts.scheme in {"https", urlsplit(self._base_url).scheme} and parts.username is None

    def _fetch(self, address: str) -> bytes | None:
        """The file's bytes; None when it is not there any more. No token is sent."""
        import httpx2  # noqa: PLC0415  comes with the openai SDK; only processes that make pictures need it

        until = time.monotonic() + FETCH_SECONDS
        try:
            with self._clients().fetching.stream("GET", address) as answer:
                if answer.status_code in {403, 404, 410}:
                    return None
                if answer.status_code != 200:
                    raise not_asked(f"the picture's host answered {answer.status_code}")
                return _read(answer, until)
        except httpx2.HTTPError as error:
            raise not_asked(f"fetching the picture: {type(error).__name__}") from None

    def _create(self, path: str, body: dict[str, Any], request: ImageRequest) -> "httpx2.Response":
        """The one call that costs: whatever does not prove that nothing was sent is ambiguous."""
        import httpx2  # noqa: PLC0415  as above

        deadline = max(SHORTEST_DEADLINE, math.ceil(request.deadline_seconds))
        headers = {**self._headers(), "Content-Type": "application/json", "Cancel-After": f"{deadline}s"}
        timeout = httpx2.Timeout(request.timeout_seconds, connect=min(CONNECT_SECONDS, request.timeout_seconds))
        unsent = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)
        try:
            return self._clients().creating.post(
                f"{self._base_url}{path}", content=json.dumps(body), headers=headers, timeout=timeout
            )
        except unsent as error:
            raise trouble(ErrorClass.TRANSIENT, f"Nothing was sent. ({type(error).__name__})") from None
        except httpx2.HTTPError as error:
            raise trouble(ErrorClass.AMBIGUOUS, f"({type(error).__name__})") from None

    def _ask(self, method: str, path: str) -> "httpx2.Response":
        """A call that costs nothing and may be made again."""
        import httpx2  # noqa: PLC0415  as above

        try:
            return self._clients().asking.request(method, f"{self._base_url}{path}", headers=self._headers())
        except httpx2.HTTPError as error:
            raise not_asked(type(error).__name__) from None

    def _headers(self) -> dict[str, str]:
        if not (self._token.isascii() and self._token.isprintable() and self._token):
            raise trouble(ErrorClass.AUTH, "It holds characters that no token has.")
        return {"Authorization": f"Bearer {self._token}"}

    def _refused(self, answer: "httpx2.Response", *, prompt: str = "", creating: bool = False) -> ProviderError:
        hidden = {"secrets": (self._token,), "prompt": prompt}
        return refusal(answer.status_code, answer.content, answer.headers, creating=creating, **hidden)

    def _clients(self) -> _Clients:
        with self._lock:
            if self._owned is None or self._owned.owner != os.getpid():
                self._owned = _new_clients()
                weakref.finalize(self, self._owned.close)
            return self._owned


def filled(request: ImageRequest) -> dict[str, Any]:
    """The model's input: the catalogue's form, with "{prompt}" and its like replaced by what they name."""
    values = {
        "{prompt}": request.prompt,
        "{seed}": request.seed,
        "{width}": request.width,
        "{height}": request.height,
        "{quality}": request.quality,
        "{ratio}": request.ratio,
    }
    form = request.inputs or {"prompt": "{prompt}"}
    return {name: values.get(value, value) if isinstance(value, str) else value for name, value in form.items()}


def _new_clients() -> _Clients:
    import httpx2  # noqa: PLC0415  as above

    timeout = httpx2.Timeout(ASK_SECONDS, connect=CONNECT_SECONDS)
    alone = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
    return _Clients(
        os.getpid(),
        creating=httpx2.Client(timeout=timeout, limits=alone, event_hooks={"request": [in_total]}),
        asking=httpx2.Client(timeout=timeout),
        fetching=httpx2.Client(timeout=timeout),
    )


def _read(answer: "httpx2.Response", until: float) -> bytes:
    parts, size = [], 0
    for part in answer.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES or time.monotonic() > until:
            raise not_asked("the picture is too big, or its host too slow")
    return b"".join(parts)
