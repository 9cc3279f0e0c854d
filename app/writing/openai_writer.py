"""A vision model describes the picture: structured output over chat completions, which compatible servers speak too."""

import base64

import openai
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from openai.types.chat.completion_create_params import ResponseFormat

from app.core.deadline import within
from app.writing.answer import fields_of, written_from
from app.writing.instruction import instruction, prompt_data, schema
from app.writing.interface import Brief, Failure, Tokens, Unwritten, Written

MOST_TOKENS = 4000
NO_SECONDS = 5.0
"""How long to wait when an account is at its limit and does not say for how long."""
MOST_SECONDS = 600.0
UNREADABLE = "The writer gave an answer that cannot be read. Ask it again."
EXHAUSTED = {"insufficient_quota", "billing_hard_limit_reached", "credit_balance_exhausted"}


class OpenAIWriter:
    """One client per process; calls are made once: a second one would be a second bill."""

    def __init__(self, api_key: str, base_url: str | None, model: str, *, timeout_seconds: float = 30.0) -> None:
        self.model = model
        self._seconds = timeout_seconds
        self._client = openai.OpenAI(api_key=api_key, base_url=base_url, timeout=timeout_seconds, max_retries=0)

    def write(self, brief: Brief) -> Written:
        """Raises Unwritten on refusal, filter, time-out, any error of the API, and an answer that is not complete."""
        return self._read(self._ask(brief), brief)

    def _ask(self, brief: Brief) -> object:
        def call() -> object:
            return self._client.chat.completions.create(
                model=self.model,
                messages=_messages(brief),
                response_format=_format(brief),
                max_completion_tokens=MOST_TOKENS,
            )

        try:
            return within(self._seconds, call, name="write-page")
        except (openai.APITimeoutError, TimeoutError) as error:
            message = "The writer did not answer in time. Ask it again, or write the text yourself."
            raise Unwritten(Failure.TIMEOUT, message) from error
        except openai.APIConnectionError as error:
            message = "The writer could not be reached. Ask it again later, or write the text yourself."
            raise Unwritten(Failure.UNREACHABLE, message) from error
        except openai.APIStatusError as error:
            raise _unwritten(error) from error
        except (openai.OpenAIError, ValueError) as error:
            # ValueError: a body that says it is JSON and is not.
            raise Unwritten(Failure.UNUSABLE, UNREADABLE) from error

    def _read(self, answer: object, brief: Brief) -> Written:
        # A 200 that is not JSON comes back as plain text.
        if not isinstance(answer, ChatCompletion) or not answer.choices:
            raise Unwritten(Failure.UNUSABLE, UNREADABLE)
        tokens, choice = _tokens(answer), answer.choices[0]
        if choice.finish_reason == "content_filter":
            message = "The provider's content filter stopped the writer. Look at the picture before publishing it."
            raise Unwritten(Failure.FILTERED, message, tokens=tokens)
        if choice.message is None or choice.message.refusal:
            message = "The writer refused to describe this picture. Look at it before publishing it."
            raise Unwritten(Failure.REFUSED, message, tokens=tokens)
        cut_short = choice.finish_reason == "length"
        fields = fields_of(choice.message.content, cut_short=cut_short)
        if fields is None:
            message = "The writer's answer is not what was asked for. Ask it again."
            raise Unwritten(Failure.UNUSABLE, message, tokens=tokens)
        written, missing = written_from(fields, brief, self.model, tokens)
        if cut_short:
            message = "The writer's answer was cut short; what came is kept."
            raise Unwritten(Failure.CUT_SHORT, message, partial=written, tokens=tokens)
        if missing:
            message = f"The writer's answer has no usable {' and no '.join(missing)}; the rest is kept."
            raise Unwritten(Failure.INCOMPLETE, message, partial=written, tokens=tokens)
        return written


def _messages(brief: Brief) -> list[ChatCompletionMessageParam]:
    picture = f"data:{brief.media_type};base64,{base64.b64encode(brief.picture).decode()}"
    return [
        {"role": "system", "content": instruction(brief)},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": prompt_data(brief)},
                {"type": "image_url", "image_url": {"url": picture}},
            ],
        },
    ]


def _format(brief: Brief) -> ResponseFormat:
    form = dict(schema(brief.known_tags))
    return {"type": "json_schema", "json_schema": {"name": "page", "strict": True, "schema": form}}


def _tokens(answer: ChatCompletion) -> Tokens | None:
    usage = answer.usage
    return Tokens(usage.prompt_tokens or 0, usage.completion_tokens or 0) if usage else None


def _unwritten(error: openai.APIStatusError) -> Unwritten:
    match error.status_code:
        case 401 | 403:
            message = "The writer's key was refused. Check OPENAI_API_KEY, then ask the writer again."
            return Unwritten(Failure.KEY, message)
        case 429 if error.code in EXHAUSTED:
            message = "The writer's account has no credit left. Top it up, then ask the writer again."
            return Unwritten(Failure.LIMIT, message)
        case 429:
            message = "The writer's account has reached a limit. Ask the writer again later."
            return Unwritten(Failure.LIMIT, message, retry_after=_retry_after(error))
        case status if status >= 500:
            return Unwritten(Failure.SERVER, f"The writer's server failed (HTTP {status}). Ask the writer again later.")
        case status:
            message = f"The writer did not accept the request (HTTP {status}). Write the text yourself."
            return Unwritten(Failure.REJECTED, message)


def _retry_after(error: openai.APIStatusError) -> float:
    """Seconds, from the headers; a few when they say nothing that can be read."""
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return min(MOST_SECONDS, max(0.0, float(headers.get(name, "")) * unit))
        except ValueError:
            continue
    return NO_SECONDS
