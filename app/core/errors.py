"""Every error this project raises on purpose, as one tree.

ProofsheetError                 what happened and what to do, in one sentence for a person
├── ConfigurationError          a setting is missing or wrong; names the variable
├── BadInput                    what a person typed cannot be used; lists every problem at once
│   └── Malformed               what a page sends by itself cannot be read (400)
├── NotAllowed                  signed in, but the role does not permit it (403)
├── NotThere                    does not exist, or not in this workspace (404)
├── Conflict                    the move is not allowed in the present state (409)
├── TooMany                     a limit was reached; says when to try again (429)
├── UnreadablePicture           bytes that are not a picture we accept
├── StorageError                the store failed; may work later
│   ├── NotStored               the store answered: there is no such object
│   └── StoreDown               the store does not answer, or says that it cannot
├── TimeStampDown               the service that signatures get their time from fails; works later
├── WriterError                 the model that describes pictures gave nothing usable
├── ModeratorError              the model that judges pictures gave no verdict
├── RateLimiterUnavailable      the shared limiter cannot be asked
├── UnknownModel                the catalogue has no such model
├── IllegalMove                 a state machine was asked for a move that is not in its table
├── FailPointReached            a moment that the settings make fail, to see what happens then
└── ProviderError               a provider refused or failed; `kind` says what follows from it
"""

from collections.abc import Sequence
from enum import StrEnum


class ErrorClass(StrEnum):
    """What follows from a provider's failure. Each class has its own consequence."""

    TRANSIENT = "transient"
    """Try again after a wait; at most three times."""
    CONTENT_POLICY = "content_policy"
    """The prompt was refused. Never sent again blindly; a fallback prompt is used once if there is one."""
    PERMANENT = "permanent"
    """This image can never work as it is: it fails at once."""
    QUOTA = "quota"
    """The account has no money or no allowance: the provider's jobs pause, no image is burned."""
    AUTH = "auth"
    """The key is wrong or may not do this: the provider's jobs pause, no image is burned."""
    AMBIGUOUS = "ambiguous"
    """Sent, and no usable answer: it may have been billed. Never sent again automatically."""


class ProofsheetError(Exception):
    """Base of all; `message` is one sentence for a person: what happened and what to do."""

    status_code = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigurationError(ProofsheetError):
    """A setting is missing or wrong."""


class BadInput(ProofsheetError):
    """What was typed cannot be used. `problems` holds every sentence, so that all can be shown at once."""

    status_code = 422

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


class Malformed(BadInput):
    """An address or a message that our own pages write cannot be read; the sentence says what helps."""

    status_code = 400


class NotAllowed(ProofsheetError):
    status_code = 403


class NotThere(ProofsheetError):
    status_code = 404


class Conflict(ProofsheetError):
    status_code = 409


class TooMany(ProofsheetError):
    """A limit was reached. `retry_after` is in seconds."""

    status_code = 429

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnreadablePicture(ProofsheetError):
    status_code = 422


class StorageError(ProofsheetError):
    status_code = 503


class NotStored(StorageError):
    status_code = 404


class StoreDown(StorageError):
    """The store does not answer in time, or answers that it is out of order: the same may work in a moment."""


class TimeStampDown(ProofsheetError):
    """The service that puts the time into signatures failed. The picture is as good as before: sign it later."""

    status_code = 503


class WriterError(ProofsheetError):
    """The writer gave nothing usable: time-out, refusal, a partial or senseless answer."""


class ModeratorError(ProofsheetError):
    """The moderator gave no verdict: time-out, error, a senseless answer."""


class RateLimiterUnavailable(ProofsheetError):
    status_code = 503


class UnknownModel(ProofsheetError):
    status_code = 422


class IllegalMove(ProofsheetError):
    status_code = 409


class FailPointReached(ProofsheetError):
    """A named moment was reached that the settings make fail."""


class ProviderError(ProofsheetError):
    """A provider refused or failed.

    `retry_after` is in seconds, if the provider gave one. `rate_limited` is true for a 429 that concerns everybody who
    shares the limit. `may_have_billed` is true when the provider may have charged although no picture came back.
    `usage` is what the provider says it has charged for all the same: tokens of text, of pictures in, and out.
    `limit_per_minute` is the limit that the provider named, if it did; `http_status` its answer's, if there was one.
    `message` never holds a key or the prompt.
    """

    def __init__(
        self,
        kind: ErrorClass,
        message: str,
        *,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        rate_limited: bool = False,
        may_have_billed: bool = False,
        usage: tuple[int, int, int] | None = None,
        limit_per_minute: float | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.rate_limited = rate_limited
        self.may_have_billed = may_have_billed
        self.usage = usage
        self.limit_per_minute = limit_per_minute
        self.http_status = http_status
