"""Pictures that a provider makes by itself: started by one call, fetched by another, whichever processes die between.

The attempt's row is the whole memory: `remote_id` says what to ask about, `poll_at` when. No thread waits meanwhile.
"""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import Select, select, update

from app.core.database import db, db_now, end_read, transaction
from app.core.errors import ErrorClass, ProviderError
from app.core.queue import ActorName, enqueue
from app.generation.call import Call, request_for
from app.generation.models import Attempt, Image
from app.generation.remote_answers import SEARCH_SECONDS, Asked, Found, act
from app.generation.remote_polls import FIRST_SECONDS, can_be_asked_about, claim_poll
from app.generation.states import ImageState
from app.generation.studio import studio
from app.providers.interface import Submitted

__all__ = ["Asked", "Found", "ask_about", "can_ask", "cancel_remote_jobs", "is_remote", "note_submitted", "submit"]

log = structlog.get_logger()


def is_remote(model_id: str) -> bool:
    """Whether the model's provider works in jobs of its own."""
    return studio().providers.is_remote(model_id.partition("/")[0])


def submit(call: Call) -> Submitted:
    """Start the job at the provider. Raises ProviderError; no transaction may be open.

    A job whose answer is lost is looked for a little later: the attempt says so before the error is settled.
    """
    try:
        return studio().providers.remote(call.model.partition("/")[0]).submit(request_for(call))
    except ProviderError as error:
        if error.kind is ErrorClass.AMBIGUOUS:
            _look_for_it(call)
        raise
    except Exception as error:
        log.exception("provider_broke", model=call.model, error_type=type(error).__name__)
        message = f"The call ended in an unexpected way ({type(error).__name__})."
        raise ProviderError(ErrorClass.AMBIGUOUS, message, may_have_billed=True) from error


def note_submitted(call: Call, submitted: Submitted) -> None:
    """Save the job's name before anything else happens: whoever lives can fetch its picture from now on."""
    with transaction(durable=True) as session:
        session.execute(
            update(Attempt)
            .where(Attempt.id == call.attempt_id, Attempt.remote_id.is_(None))
            .values(
                remote_id=submitted.remote_id,
                request_id=submitted.remote_id,
                poll_at=db_now() + timedelta(seconds=FIRST_SECONDS),
            )
        )
    log.info("remote_job_submitted", image=str(call.image_id), attempt=call.attempt, remote_id=submitted.remote_id)


def _look_for_it(call: Call) -> None:
    with transaction() as session:
        soon = db_now() + timedelta(seconds=SEARCH_SECONDS)
        session.execute(update(Attempt).where(Attempt.id == call.attempt_id).values(poll_at=soon))


def cancel_remote_jobs(job_id: UUID) -> None:
    """Have the job's remote jobs asked about now; whoever asks cancels those of a job that is being cancelled.

    For the transaction that cancels the job.
    """
    images = select(Image.id).where(Image.job_id == job_id, Image.state == ImageState.GENERATING)
    db.session.execute(
        update(Attempt)
        .where(Attempt.poll_at.is_not(None), Attempt.image_id.in_(images))
        .values(poll_at=db_now())
        .execution_options(synchronize_session=False)
    )
    enqueue(ActorName.POLL_REMOTE_JOBS)


def can_ask(image_id: UUID) -> bool:
    """Whether there is a remote job of the image's last call to ask about: only then "check again" has a meaning."""
    attempt = db.session.scalars(_last_attempt(image_id)).one_or_none()
    return attempt is not None and can_be_asked_about(attempt)


def ask_about(image_id: UUID) -> Asked:
    """Ask the provider what became of the image's last call, and act on the answer.

    For "check again" on an `unknown` image. Takes as long as a few short calls; no transaction may be open. What is
    found is settled before this returns, by the same fenced moves that workers use, so it may run any number of times
    and next to a worker that asks the same. It never sends the image again.
    """
    attempt = db.session.scalars(_last_attempt(image_id)).one_or_none()
    has_picture = attempt is not None and attempt.asset_id is not None
    attempt_id = attempt.id if attempt else None
    end_read()
    if has_picture:
        return Asked(Found.PICTURE, "The picture is here already.")
    asking = claim_poll(attempt_id) if attempt_id else None
    if asking is None:
        return Asked(Found.CANNOT_ASK, "The provider cannot be asked about this call. Run it again if you want it.")
    return act(asking)


def _last_attempt(image_id: UUID) -> Select[Attempt]:
    return (
        select(Attempt)
        .join(Image, Image.id == Attempt.image_id)
        .where(Image.id == image_id, Attempt.number == Image.attempt)
        .execution_options(populate_existing=True)
    )
