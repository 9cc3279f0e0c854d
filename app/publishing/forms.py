"""What people send: the text of a page, and which part of a list they want."""

from werkzeug.datastructures import MultiDict

from app.core.errors import BadInput
from app.publishing.edit_page import After, Text
from app.publishing.states import PageState


def text_of(form: MultiDict[str, str]) -> Text:
    """Title, description and tags; tags are separated by commas."""
    return Text(form.get("title", ""), form.get("description", ""), form.get("tags", "").split(","))


def after_of(form: MultiDict[str, str]) -> After:
    """What the pressed button asks for. Raises BadInput."""
    pressed = form.get("after", After.KEEP)
    if pressed not in set(After):
        raise BadInput(["Choose whether to save, publish or withdraw the page."])
    return After(pressed)


def page_state(args: MultiDict[str, str]) -> PageState | None:
    """The state to filter by; None for all, also when the address names none that exists."""
    wanted = args.get("state", "")
    return next((state for state in PageState if state == wanted), None)


def page_number(args: MultiDict[str, str]) -> int:
    """From 1; what is not a number is the first page."""
    number = args.get("page", 1, type=int)
    return min(max(1, number), 1_000_000)
