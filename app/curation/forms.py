"""What a request may say about pictures: which ones are meant, and what is to become of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Request
from werkzeug.datastructures import MultiDict

from app.core.errors import BadInput, Malformed
from app.curation.runs import parse_runs
from app.generation.states import Mark

MOST_CHANGED = 200_000
"""Positions in one change."""
MOST_CHANGES = 10_000
NO_IMAGE = "Say which images are meant."
NOT_AN_IMAGE = "One of these is not the id of an image."
NOT_A_MARK = "A mark is keep, reject or none."
NOT_A_RATING = "A rating is a whole number from 0 to 5."
NOT_TRASHED = "An image is in the trash or not: true or false."
NO_CHANGE = "Say what is to change: a mark, a rating, or the trash."
NO_JSON = "This is not JSON. Reload the page and try again."
NOT_A_REQUEST = "The id of a request is a UUID. Reload the page and try again."
NO_CHANGES = "Send a list of changes, each with the positions it is `at`."

Value = Mark | int | bool


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is to become true of pictures: `what` is mark, rating or trashed."""

    at: Sequence[int]
    what: str
    value: Value


def changes_from_json(body: Any) -> list[Change]:
    """The changes of `{"changes": [{"at": "3-5", "mark": "keep"}, …]}` in their order. Raises BadInput, Malformed."""
    entries = body.get("changes") if isinstance(body, dict) else None
    if not isinstance(entries, list) or not entries or len(entries) > MOST_CHANGES:
        raise BadInput([NO_CHANGES])
    return [_change(entry) for entry in entries]


def request_of(body: Any) -> UUID | None:
    """The request's own id, `{"request": "…"}`, by which it is known when it comes again. Raises Malformed."""
    text = body.get("request")
    try:
        return None if text is None else UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise Malformed([NOT_A_REQUEST]) from None


def _change(entry: Any) -> Change:
    if not isinstance(entry, dict) or not isinstance(entry.get("at"), str):
        raise BadInput([NO_CHANGES])
    at = parse_runs(entry["at"], most=MOST_CHANGED)
    what = [name for name in ("mark", "rating", "trashed") if name in entry]
    if len(what) != 1:
        raise BadInput([NO_CHANGE])
    if not at:
        raise BadInput([NO_IMAGE])
    return Change(at, what[0], _value(what[0], entry[what[0]]))


def _value(what: str, value: Any) -> Value:
    if what == "mark":
        return _mark(value)
    if what == "rating":
        return _rating(value)
    if not isinstance(value, bool):
        raise BadInput([NOT_TRASHED])
    return value


def _mark(value: Any) -> Mark:
    try:
        return Mark(value)
    except ValueError:
        raise BadInput([NOT_A_MARK]) from None


def _rating(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 5:
        raise BadInput([NOT_A_RATING])
    return value


@dataclass(frozen=True, slots=True)
class Meant:
    """The images a form means: by their ids, or by their positions."""

    ids: Sequence[UUID]
    at: Sequence[int]


def meant_by(values: MultiDict[str, str]) -> Meant:
    """The fields `images` (ids) and `at` (runs of positions) of a form. Raises BadInput, Malformed."""
    meant = Meant(
        [_image_id(each) for each in values.getlist("images")], parse_runs(values.get("at", ""), most=MOST_CHANGED)
    )
    if not meant.ids and not meant.at:
        raise BadInput([NO_IMAGE])
    return meant


def wanted_by(values: MultiDict[str, str]) -> tuple[str, Value]:
    """What a form wants of them: its field `mark`, `rating` or `trashed` (1 or 0). Raises BadInput."""
    if "rating" in values:
        text = values["rating"]
        return "rating", _rating(int(text) if text in {"0", "1", "2", "3", "4", "5"} else None)
    if "trashed" in values:
        return "trashed", _value("trashed", {"1": True, "0": False}.get(values["trashed"]))
    return "mark", _mark(values.get("mark"))


def _image_id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise BadInput([NOT_AN_IMAGE]) from None


def positions_asked(request: Request, *, most: int) -> list[int] | None:
    """The positions in the address, `?at=120-179,185`; None when it names none. Raises Malformed."""
    text = request.args.get("at")
    return None if text is None else parse_runs(text, most=most)


def json_of(request: Request) -> Any:
    """The body as JSON. Raises Malformed."""
    body = request.get_json(silent=True)
    if body is None:
        raise Malformed([NO_JSON])
    return body


def fields_of(request: Request) -> MultiDict[str, str]:
    """The fields of a form, or of a JSON object that says the same: `{"at": "3-5", "may_bill_twice": true}`."""
    if not request.is_json:
        return request.values
    body = json_of(request)
    if not isinstance(body, dict) or not isinstance(body.get("at"), str):
        raise BadInput([NO_IMAGE])
    said = {name: "1" for name in ("refused", "may_bill_twice") if body.get(name) is True}
    return MultiDict({"at": body["at"], **said})
