"""Pictures from OpenAI, or from a server that speaks its API: one call, one picture, no retries underneath ours."""

import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import pybase64
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from app.core.errors import ErrorClass, ProviderError
from app.providers import openai_errors
from app.providers.interface import Generated, ImageRequest, Usage
from app.providers.told_limits import told_limit
from app.providers.total_time import in_total

if TYPE_CHECKING:
    from openai import OpenAI

DEFAULT_BASE_URL = "https://api.openai.com/v1"
CONNECT_SECONDS = 10.0
URL_SAFE = str.maketrans("-_", "+/")


def read_base64(text: object) -> bytes:
    """Base64; also url-safe, broken into lines or without its padding, as some servers write it. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("base64 is a text")  # noqa: TRY004  pydantic takes a ValueError for what is wrong with a field
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        plain = "".join(text.split()).rstrip("=").translate(URL_SAFE)
        return pybase64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


class _Picture(BaseModel):
    b64_json: Annotated[bytes, BeforeValidator(read_base64)] = Field(min_length=1)
    revised_prompt: Any = None


class _Answer(BaseModel):
    """What we need of an answer; what is told beside the picture is read apart: a strange one does not cost it."""

    data: list[_Picture] = Field(min_length=1)
    usage: Any = None


class _InputTokens(BaseModel):
    text_tokens: int = 0
    image_tokens: int = 0


class _Usage(BaseModel):
    input_tokens: int
    output_tokens: int
    input_tokens_details: _InputTokens | None = None


class OpenAIImages:
    """The provider "openai". Cheap to make; the SDK is imported and the client made at the first call.

    One client a process, made after forks, shared by all threads.
    """

    name = "openai"

    def __init__(self, api_key: str, base_url: str | None = None) -> None:
        self._api_key = api_key.strip()
        self._base_url = base_url or DEFAULT_BASE_URL
        self._lock = threading.Lock()
        self._owned: tuple[int, OpenAI] | None = None

    def generate(self, request: ImageRequest) -> Generated:
        """One picture as a PNG. Raises ProviderError; its message holds neither the key nor the prompt."""
        self._check(request)
        content, headers = self._call(request)
        return _generated(content, headers)

    def _check(self, request: ImageRequest) -> None:
        """What would break while the request is being built is said before, as what it is."""
        if not (self._api_key.isascii() and self._api_key.isprintable() and self._api_key):
            raise ProviderError(ErrorClass.AUTH, "OPENAI_API_KEY holds characters that no key has. Correct it.")
        try:
            request.prompt.encode()
        except UnicodeEncodeError:
            raise ProviderError(
                ErrorClass.PERMANENT, "The prompt holds characters that cannot be sent. Type it again."
            ) from None

    def _call(self, request: ImageRequest) -> tuple[bytes, Mapping[str, str]]:
        """The body of an answer 200 and its headers."""
        import httpx2  # noqa: PLC0415  takes long to import, and only the processes that make pictures need it
        import openai  # noqa: PLC0415

        client = self._client()
        hidden: Any = {"secrets": (self._api_key,), "prompt": request.prompt}
        quality: Any = request.quality  # the catalogue knows the qualities; the SDK's list is only a hint
        try:
            answer = client.images.with_raw_response.generate(
                model=request.model,
                prompt=request.prompt,
                n=1,
                size=f"{request.width}x{request.height}",
                quality=quality,
                output_format="png",
                timeout=httpx2.Timeout(request.timeout_seconds, connect=min(CONNECT_SECONDS, request.timeout_seconds)),
            )
        except openai.APIStatusError as error:
            raise openai_errors.from_answer(error, **hidden) from None
        except openai.APIConnectionError as error:
            raise openai_errors.from_transport(error, **hidden) from None
        except Exception as error:  # noqa: BLE001  whatever else it is, it does not prove that nothing was billed
            raise openai_errors.unusable(type(error).__name__) from None
        return answer.content, answer.headers

    def _client(self) -> "OpenAI":
        with self._lock:
            if self._owned is None or self._owned[0] != os.getpid():
                self._owned = (os.getpid(), self._new_client())
            return self._owned[1]

    def _new_client(self) -> "OpenAI":
        """No retries: each could be a second bill. No redirects: they would turn the call into another.

        And no kept connections: a server that closes an idle one just when we use it leaves a call of which nobody
        knows whether it was made. A handshake costs little beside the seconds a picture takes.
        """
        import httpx2  # noqa: PLC0415
        import openai  # noqa: PLC0415

        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
        try:
            return openai.OpenAI(
                api_key=self._api_key,
                base_url=self._base_url,
                max_retries=0,
                http_client=openai.DefaultHttpxClient(
                    limits=limits, follow_redirects=False, event_hooks={"request": [in_total]}
                ),
            )
        except (ValueError, httpx2.InvalidURL, openai.OpenAIError):
            raise ProviderError(
                ErrorClass.AUTH, "OPENAI_BASE_URL is not an address that can be called. Correct it, then resume."
            ) from None


def _generated(content: bytes, headers: Mapping[str, str]) -> Generated:
    request_id = headers.get("x-request-id")
    try:
        answer = _Answer.model_validate_json(content)
    except ValidationError:
        answer = _usable_part(content, request_id)
    picture = answer.data[0]
    return Generated(
        content=picture.b64_json,
        request_id=request_id,
        revised_prompt=_text(picture.revised_prompt),
        usage=_usage(answer.usage),
        limit_per_minute=told_limit(headers),
    )


def _usable_part(content: bytes, request_id: str | None) -> _Answer:
    """The first picture of an answer that is not quite as it should be. Raises ProviderError if there is none."""
    told = _json(content)
    items = told.get("data")
    items = items if isinstance(items, list) else []
    pictures = [item for item in items if isinstance(item, dict) and item.get("b64_json")]
    for item in pictures:
        with suppress(ValidationError):
            return _Answer(data=[_Picture.model_validate(item)], usage=told.get("usage"))
    what = "a picture that is not base64" if pictures else "an answer without a picture"
    if content.lstrip().startswith(b"<"):
        what = "a web page instead of an answer"
    raise openai_errors.unusable(what, request_id=request_id, usage=_usage(told.get("usage")))


def _json(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _text(told: object) -> str | None:
    """A text that can be stored, or None."""
    return told.replace("\0", "").encode(errors="ignore").decode() or None if isinstance(told, str) else None


def _usage(told: object) -> Usage | None:
    """The tokens told, or None. Input tokens that are not told apart are text: we send no pictures."""
    try:
        usage = _Usage.model_validate(told)
    except ValidationError:
        return None
    parts = usage.input_tokens_details or _InputTokens(text_tokens=usage.input_tokens)
    return Usage(parts.text_tokens, parts.image_tokens, usage.output_tokens)
