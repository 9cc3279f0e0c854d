"""The provider that needs nobody: it draws locally, takes a moment like a real one, and can fail on request."""

import os
import time
from dataclasses import dataclass
from io import BytesIO
from random import Random
from threading import BoundedSemaphore

from PIL import Image

from app.core.errors import ErrorClass, ProviderError
from app.providers.interface import Generated, ImageRequest
from app.providers.painting.paint import paint

# A hundred threads may wait at once, but a picture being painted takes some 40 MB and a whole core.
_EASELS = BoundedSemaphore(os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class _Mishap:
    """One way in which real providers fail, as this one imitates it."""

    share: float
    kind: ErrorClass
    message: str
    code: str
    retry_after: float | None = None
    rate_limited: bool = False
    may_have_billed: bool = False


_MISHAPS = (
    _Mishap(0.4, ErrorClass.TRANSIENT, "The demo painter spilled its paint (503). It will try again.", "server_error"),
    _Mishap(
        0.1,
        ErrorClass.TRANSIENT,
        "The demo painter was asked for too many pictures at once (429).",
        "rate_limit_exceeded",
        retry_after=1.0,
        rate_limited=True,
    ),
    _Mishap(0.25, ErrorClass.CONTENT_POLICY, "The demo painter refused this prompt.", "content_policy_violation"),
    _Mishap(0.1, ErrorClass.PERMANENT, "The demo painter cannot draw this request.", "invalid_request"),
    _Mishap(
        0.15,
        ErrorClass.AMBIGUOUS,
        "The demo painter took the request and never answered.",
        "no_answer",
        may_have_billed=True,
    ),
)


class DemoPainter:
    """Draws a picture from the prompt's words, the same one for the same prompt, seed and size.

    Each call sleeps `latency_seconds`, up to `latency_jitter_seconds` more or less. `failure_rate` (0 to 1) is the
    share of calls that raise a ProviderError instead, of every class that concerns a single image. Each call rolls
    anew, so that a retry can succeed. `chance` is given by tests that want the same rolls every time.
    """

    name = "demo"

    def __init__(
        self,
        latency_seconds: float = 1.5,
        latency_jitter_seconds: float = 0.7,
        failure_rate: float = 0.0,
        *,
        chance: Random | None = None,
    ) -> None:
        self._latency, self._jitter, self._failure_rate = latency_seconds, latency_jitter_seconds, failure_rate
        self._chance = chance or Random()

    def generate(self, request: ImageRequest) -> Generated:
        """One PNG of the requested size. Raises ProviderError at the failure rate, or when the time is too short."""
        request_id = f"demo-{self._chance.getrandbits(48):012x}"
        self._wait(request.timeout_seconds, request_id)
        if self._chance.random() < self._failure_rate:
            raise self._mishap(request_id)
        with _EASELS:
            content = _png(paint(request.prompt, request.seed, request.width, request.height))
        return Generated(content, request_id, revised_prompt=None, usage=None)

    def _wait(self, timeout_seconds: float, request_id: str) -> None:
        latency = max(0.0, self._latency + self._chance.uniform(-self._jitter, self._jitter))
        time.sleep(min(latency, timeout_seconds))
        if latency > timeout_seconds:
            message = f"The demo painter did not answer within {timeout_seconds:g} s."
            raise ProviderError(ErrorClass.AMBIGUOUS, message, code="timeout", request_id=request_id)

    def _mishap(self, request_id: str) -> ProviderError:
        mishap = self._chance.choices(_MISHAPS, [each.share for each in _MISHAPS])[0]
        return ProviderError(
            mishap.kind,
            mishap.message,
            code=mishap.code,
            request_id=request_id,
            retry_after=mishap.retry_after,
            rate_limited=mishap.rate_limited,
            may_have_billed=mishap.may_have_billed,
        )


def _png(picture: Image.Image) -> bytes:
    # Compressing harder would take longer than painting.
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
