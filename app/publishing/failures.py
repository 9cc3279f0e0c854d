"""Why pages could not be written, in words for people."""

from collections.abc import Mapping

from app.writing.interface import Failure

UNMODERATED = "unmoderated"
"""Beside the writer's failures: the moderator could not be asked."""

WORDS: Mapping[str, str] = {
    Failure.TIMEOUT: "The writer did not answer in time",
    Failure.UNREACHABLE: "The writer could not be reached",
    Failure.KEY: "The writer's key was refused",
    Failure.LIMIT: "The writer's account was at its limit",
    Failure.SERVER: "The writer's server failed",
    Failure.REJECTED: "The writer did not accept the request",
    Failure.REFUSED: "The writer refused",
    Failure.FILTERED: "A content filter stopped the writer",
    Failure.CUT_SHORT: "The answer was cut short",
    Failure.INCOMPLETE: "The answer was not complete",
    Failure.UNUSABLE: "The answer could not be used",
    Failure.PICTURE: "The picture could not be read",
    Failure.LOST: "The writer was lost again and again",
    UNMODERATED: "The moderator could not be asked",
}


def failure_named(name: str) -> str | None:
    """What a failure is called for people; None for a name that there is not."""
    return WORDS.get(name)
