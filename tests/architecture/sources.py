"""The project's own files, as the tests of its architecture read them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = PROJECT / "templates"
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of `app` and `actors`: path below the project → syntax tree."""
    paths = [*(PROJECT / "app").rglob("*.py"), *(PROJECT / "actors").rglob("*.py")]
    return {path.relative_to(PROJECT).as_posix(): ast.parse(path.read_text()) for path in sorted(paths)}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last part of the called name: `commit` for `session.commit()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node


def callers_of(name: str) -> set[str]:
    """The modules that call something of this name."""
    return {path for path, tree in modules().items() if any(called == name for called, _ in calls(tree))}


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every text that is not a docstring or a sentence under a name."""
    sentences = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in sentences:
            yield node


def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def name_of(template: Path) -> str:
    return template.relative_to(TEMPLATES).as_posix()


class Tags(HTMLParser):
    """The tags of a template, each with its attributes, in whatever branch they stand."""

    def __init__(self, template: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(JINJA.sub(lambda match: "x" if match[0].startswith("{{") else " ", template.read_text()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
