"""What a request that sets marks may say."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Request

from app.core.errors import BadInput
from app.generation.states import Mark

NO_IMAGE = "Say which images are meant."
NOT_AN_IMAGE = "One of these is not the id of an image."
NOT_A_MARK = "A mark is keep, reject or none."


def marks_from_request(request: Request) -> dict[UUID, Mark]:
    """The wanted mark of each image. Raises BadInput.

    A form, or JSON, with `images` (ids) and `mark` for all of them; or JSON with `marks`: [{"id": …, "mark": …}, …].
    """
    if not request.is_json:
        return _same_for_all(request.values.getlist("images"), request.values.get("mark"))
    body: Any = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInput([NO_IMAGE])
    if "marks" in body:
        return _one_by_one(body["marks"])
    return _same_for_all(body.get("images"), body.get("mark"))


def _same_for_all(ids: Any, mark: Any) -> dict[UUID, Mark]:
    if not isinstance(ids, list):
        raise BadInput([NO_IMAGE])
    return _checked((id_, mark) for id_ in ids)


def _one_by_one(entries: Any) -> dict[UUID, Mark]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadInput([NO_IMAGE])
    return _checked((entry.get("id"), entry.get("mark")) for entry in entries)


def _checked(pairs: Iterable[tuple[Any, Any]]) -> dict[UUID, Mark]:
    wanted = {_image_id(id_): _mark(mark) for id_, mark in pairs}
    if not wanted:
        raise BadInput([NO_IMAGE])
    return wanted


def _image_id(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise BadInput([NOT_AN_IMAGE]) from None


def _mark(value: Any) -> Mark:
    try:
        return Mark(value)
    except ValueError:
        raise BadInput([NOT_A_MARK]) from None
