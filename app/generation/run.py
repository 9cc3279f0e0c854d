"""Make one picture: claim → note that the call is sent → call → keep the bytes → write down what came of it."""

import time
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from app.core.errors import (
    ErrorClass,
    ProviderError,
    RateLimiterUnavailable,
    StorageError,
    UnknownModel,
    UnreadablePicture,
)
from app.generation.call import Call, claim, make, mark_sent
from app.generation.originals import keep
from app.generation.settle import facts, pause_provider, settle_failure, settle_success, settle_withdrawn
from app.generation.studio import studio
from app.imaging.inspect import Inspected, inspect
from app.prompts.check import rejection
from app.providers.interface import Generated

log = structlog.get_logger()
Result = TypeVar("Result")

PERSIST_SECONDS = 100.0
"""How long a picture waits for a database or a disk that does not take it: less than a worker's drain leaves it."""
PENALTY_SECONDS = 5.0
"""The wait after a 429 that names none."""


def generate_image(image_id: UUID, process_id: UUID, *, limiter_key: str) -> bool:
    """Make the picture of a dispatched image. False when there was nothing to do. Safe to run any number of times."""
    call = claim(image_id, process_id)
    if call is None:
        return False
    log.info("image_generation_started", **facts(call))
    try:
        check_before_sending(call)
        if not mark_sent(call):
            _insist(lambda: settle_withdrawn(call), DBAPIError)
            return False
        answer, picture = _picture(call)
    except ProviderError as error:
        _slow_down(limiter_key, error)
        failure = error
        _insist(lambda: settle_failure(call, failure), DBAPIError)
        return True
    try:
        original = _insist(
            lambda: keep(answer.content, picture, image_id=call.image_id, attempt=call.attempt), StorageError
        )
    except StorageError as error:
        _lose(call, answer, error)
        return True
    _insist(lambda: settle_success(call, answer, original), DBAPIError)
    return True


def check_before_sending(call: Call) -> None:
    """What may have changed since the job was made: the model, its key, the blocked words. Raises ProviderError."""
    try:
        model = studio().catalogue.model(call.model)
    except UnknownModel as error:
        raise ProviderError(ErrorClass.PERMANENT, error.message) from None
    if reason := studio().providers.usable(model):
        raise ProviderError(ErrorClass.AUTH, f"{call.model} cannot be used: {reason}.")
    if problem := rejection(call.prompt, max_chars=model.max_prompt_chars, blocked_words=studio().blocked_words):
        raise ProviderError(ErrorClass.PERMANENT, problem)


def _picture(call: Call) -> tuple[Generated, Inspected]:
    """The answer and its picture. Whatever goes wrong once the call is sent may have been billed."""
    try:
        answer = make(call)
        return answer, inspect(answer.content)
    except ProviderError:
        raise
    except UnreadablePicture as error:
        raise _ambiguous(f"The provider answered, but not with a usable picture: {error.message}") from error
    except Exception as error:
        log.exception("provider_broke", model=call.model, error_type=type(error).__name__)
        raise _ambiguous(f"The call ended in an unexpected way ({type(error).__name__}).") from error


def _ambiguous(message: str) -> ProviderError:
    return ProviderError(ErrorClass.AMBIGUOUS, message, may_have_billed=True)


def _slow_down(limiter_key: str, error: ProviderError) -> None:
    """A 429 moves everybody's next start."""
    if not error.rate_limited:
        return
    try:
        studio().limiter.penalise(limiter_key, error.retry_after or PENALTY_SECONDS)
    except RateLimiterUnavailable as unavailable:
        log.warning("penalty_not_shared", reason=unavailable.message)


def _lose(call: Call, answer: Generated, error: StorageError) -> None:
    """No disk takes a paid picture: say so on the image, and stop paying for more until a person has looked."""
    message = f"The picture was made but could not be kept. {error.message}"
    lost = ProviderError(ErrorClass.AMBIGUOUS, message, request_id=answer.request_id, may_have_billed=True)
    _insist(lambda: settle_failure(call, lost), DBAPIError)
    _insist(lambda: pause_provider(call.model.partition("/")[0], f"{message} Make room, then resume."), DBAPIError)


def _insist(action: Callable[[], Result], passing: type[Exception]) -> Result:
    """Repeat what fails with an error that passes, such as a database being restarted: the picture is paid for."""
    deadline = time.monotonic() + PERSIST_SECONDS
    wait = 0.2
    while True:
        try:
            return action()
        except passing as error:
            if time.monotonic() > deadline:
                raise
            log.warning("result_waits", error_type=type(error).__name__)
            time.sleep(wait)
            wait = min(wait * 2, 5.0)
