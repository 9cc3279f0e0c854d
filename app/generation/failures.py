"""How failures are named for people, and which of them may pass when the same image is run again."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from app.core.errors import ErrorClass
from app.core.filters import number

RETRYABLE = frozenset({ErrorClass.TRANSIENT, ErrorClass.QUOTA, ErrorClass.AUTH, "storage"})
"""What may work later as it is. A refused or impossible prompt stays so until it is changed."""
ABOUT_THE_JOB = frozenset({"stalled", ErrorClass.AMBIGUOUS})
"""Entries of a job's summary that name no failed image: a lost answer is run again image by image, with a warning."""
WORDS: Mapping[str, str] = {
    ErrorClass.TRANSIENT: "Provider trouble",
    ErrorClass.CONTENT_POLICY: "Content policy",
    ErrorClass.PERMANENT: "Not possible",
    ErrorClass.QUOTA: "No quota",
    ErrorClass.AUTH: "Key refused",
    ErrorClass.AMBIGUOUS: "No answer",
    "storage": "Could not be stored",
    "crashed": "Process died repeatedly",
}


def failure_words(error_type: str | None) -> str:
    """A class of failures in two words."""
    if error_type is None:
        return "Failed"
    return WORDS.get(error_type, error_type.replace("_", " ").capitalize())


def failed_kinds(error_summary: Mapping[str, Any]) -> dict[str, Any]:
    """Of an ended job's summary the classes of its failed images: `{"transient": {"count": 3, "message": …}}`."""
    return {kind: entry for kind, entry in error_summary.items() if kind not in ABOUT_THE_JOB}


def lasting(kinds: Iterable[str]) -> list[str]:
    """The classes that running again does not help, in the order given."""
    return [kind for kind in kinds if kind not in RETRYABLE]


def left_out_sentence(error_summary: Mapping[str, Any], chosen: Collection[str]) -> str:
    """Which failed images do not run again when only the `chosen` classes do, and why; empty when all do."""
    left = {kind: entry for kind, entry in failed_kinds(error_summary).items() if kind not in chosen}
    if not left:
        return ""
    named = ", ".join(f"{number(entry['count'])} {failure_words(kind).lower()}" for kind, entry in left.items())
    return f"Left out: {named}."
