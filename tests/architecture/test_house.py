"""What every file keeps to: its length, what it may read, and what it may not hold."""

import ast
import re

import pytest

from tests.architecture.sources import PROJECT, modules, strings

MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 60
VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base2"}
HTML = re.compile(
    r"</?(?:a|p|b|i|br|hr|em|div|img|nav|svg|use|span|form|link|meta|html|head|body|main|input|label|table|tr|td|th|ul|ol"
    r"|li|h[1-6]|script|style|button|strong|section|template|iframe)(?=[\s>/])",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", modules())
def test_a_file_that_grows_is_two_files(path: str) -> None:
    assert (PROJECT / path).read_text().count("\n") <= MOST_LINES


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{path}: {node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "putenv"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and {"environ", "getenv"} & _names(node))
    }
    assert readers == {"app/core/settings.py"}


def test_modules_are_named_after_what_they_do() -> None:
    assert not {path for path in modules() if VAGUE & set(path.removesuffix(".py").split("/"))}


@pytest.mark.parametrize("path", modules())
def test_no_html_in_python(path: str) -> None:
    assert [node.lineno for node in strings(modules()[path]) if HTML.search(str(node.value))] == []


def test_every_room_says_what_it_is_for() -> None:
    """In the map of docs/architecture.md."""
    text = (PROJECT / "docs" / "architecture.md").read_text()
    rooms = {path.parent.name for path in (PROJECT / "app").glob("*/__init__.py")}
    assert {room for room in rooms if f"`{room}/`" not in text} == set()


def test_every_module_begins_with_a_sentence() -> None:
    silent = [path for path, tree in modules().items() if tree.body and ast.get_docstring(tree) is None]
    assert silent == []


def _names(node: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names}
