"""Make one picture: claim → note that the call is sent → call → keep the bytes → write down what came of it."""

from uuid import UUID

import structlog

from app.core.errors import (
    ErrorClass,
    ProviderError,
    StorageError,
    UnknownModel,
    UnreadablePicture,
)
from app.core.fail_points import FailPoint, fail_point
from app.generation.call import Call, claim, make, mark_sent
from app.generation.feedback import slow_down
from app.generation.insist import DATABASE_AWAY, insist
from app.generation.originals import keep
from app.generation.recover import unclaim
from app.generation.remote import is_remote, note_submitted, submit
from app.generation.room import stopped_by_full_disk
from app.generation.settle import facts, pause_provider, settle_failure, settle_success, settle_withdrawn
from app.generation.studio import studio
from app.imaging.inspect import Inspected, inspect
from app.prompts.check import rejection
from app.providers.interface import Generated

log = structlog.get_logger()


def generate_image(image_id: UUID, process_id: UUID, *, limiter_key: str, epoch: int | None = None) -> bool:
    """Make the picture of a dispatched image. False when there was nothing to do. Safe to run any number of times.

    `epoch` is the limiter's at the call's start.
    """
    call = None if stopped_by_full_disk(image_id) else _claimed(image_id, process_id)
    if call is None:
        return False
    log.info("image_generation_started", **facts(call))
    fail_point(FailPoint.CALL_CLAIMED, image_id)
    try:
        check_before_sending(call)
        if not _marked(call):
            insist(lambda: settle_withdrawn(call))
            return False
        fail_point(FailPoint.CALL_NOTED, image_id)
        if is_remote(call.model):
            submitted = submit(call)
            fail_point(FailPoint.REMOTE_SUBMITTED, image_id)
            insist(lambda: note_submitted(call, submitted))
            return True
        answer, picture = _picture(call)
    except ProviderError as error:
        slow_down(limiter_key, epoch, error)
        failure = _as_billed(call, error)
        insist(lambda: settle_failure(call, failure))
        return True
    fail_point(FailPoint.CALL_ANSWERED, image_id)
    try:
        original = insist(
            lambda: keep(answer.content, picture, image_id=call.image_id, attempt=call.attempt), StorageError
        )
    except StorageError as error:
        _lose(call, answer, error)
        return True
    fail_point(FailPoint.ORIGINAL_KEPT, image_id)
    insist(lambda: settle_success(call, answer, original))
    return True


def _claimed(image_id: UUID, process_id: UUID) -> Call | None:
    """The claim; where the database went away over it, it may have been made, and is given back."""
    try:
        return claim(image_id, process_id)
    except DATABASE_AWAY as error:
        log.warning("claim_given_up", image=str(image_id), error_type=type(error).__name__)
        insist(lambda: unclaim(image_id, process_id))
        return None


def _marked(call: Call) -> bool:
    """Whether the call may be made; not when the database went away over the mark."""
    try:
        return mark_sent(call)
    except DATABASE_AWAY as error:
        log.warning("mark_given_up", **facts(call), error_type=type(error).__name__)
        return False


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
        return answer, _looked_at(answer)
    except ProviderError:
        raise
    except Exception as error:
        log.exception("provider_broke", model=call.model, error_type=type(error).__name__)
        raise _ambiguous(f"The call ended in an unexpected way ({type(error).__name__}).") from error


def _looked_at(answer: Generated) -> Inspected:
    try:
        return inspect(answer.content)
    except UnreadablePicture as error:
        message = f"The provider answered, but not with a usable picture: {error.message}"
        raise _ambiguous(message, answer) from error


def _ambiguous(message: str, answer: Generated | None = None) -> ProviderError:
    """What an answer told of itself is kept with the error: its name at the provider, and what it was charged for."""
    usage = answer.usage if answer else None
    return ProviderError(
        ErrorClass.AMBIGUOUS,
        message,
        request_id=answer.request_id if answer else None,
        may_have_billed=True,
        usage=(usage.text_tokens, usage.image_tokens, usage.output_tokens) if usage else None,
    )


def _as_billed(call: Call, error: ProviderError) -> ProviderError:
    """A server error proves nothing where the provider bills for those: it is not sent again by itself."""
    server_error = error.kind is ErrorClass.TRANSIENT and not error.rate_limited and (error.http_status or 0) >= 500
    if not server_error or not studio().catalogue.model(call.model).bills_server_errors:
        return error
    return ProviderError(
        ErrorClass.AMBIGUOUS,
        f"{error.message} The provider bills for such errors, so it may have been billed.",
        code=error.code,
        request_id=error.request_id,
        may_have_billed=True,
        http_status=error.http_status,
    )


def _lose(call: Call, answer: Generated, error: StorageError) -> None:
    """No disk takes a paid picture: say so on the image, and stop paying for more until a person has looked."""
    message = f"The picture was made but could not be kept. {error.message}"
    lost = _ambiguous(message, answer)
    insist(lambda: settle_failure(call, lost))
    insist(lambda: pause_provider(call.model.partition("/")[0], f"{message} Make room, then resume."))
