"""Asks OpenAI's free moderation endpoint about texts: one call for all of them."""

from collections.abc import Sequence

from pydantic import BaseModel, ValidationError

from app.providers import openai_errors
from app.providers.openai import DEFAULT_BASE_URL

MODEL = "omni-moderation-latest"


class _Result(BaseModel):
    flagged: bool


class _Answer(BaseModel):
    results: list[_Result]


def moderate_texts(
    texts: Sequence[str], *, api_key: str, base_url: str | None = None, timeout_seconds: float = 10.0
) -> list[bool]:
    """Whether each text is flagged, in their order. Raises ProviderError; nothing it says holds the key or a text."""
    import openai  # noqa: PLC0415  takes long to import, and few processes need it

    if not texts:
        return []
    secrets = (api_key, *texts)
    base_url = base_url or DEFAULT_BASE_URL
    with openai.OpenAI(api_key=api_key, base_url=base_url, max_retries=0, timeout=timeout_seconds) as client:
        try:
            answer = client.moderations.with_raw_response.create(model=MODEL, input=list(texts))
        except openai.APIStatusError as error:
            raise openai_errors.from_answer(error, secrets=secrets, prompt="") from None
        except openai.APIConnectionError as error:
            raise openai_errors.from_transport(error, secrets=secrets, prompt="") from None
    return _flags(answer.content, len(texts))


def _flags(content: bytes, wanted: int) -> list[bool]:
    try:
        results = _Answer.model_validate_json(content).results
    except ValidationError:
        results = []
    if len(results) != wanted:
        raise openai_errors.unusable("the moderation gave no verdict for each text")
    return [result.flagged for result in results]
