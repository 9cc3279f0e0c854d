"""Static files under addresses that name their content, so that a browser asks for each of them once."""

import hashlib
import re
from functools import cache
from pathlib import Path

from flask import Flask, Response, send_from_directory, url_for

FOLDER = Path(__file__).resolve().parents[1] / "static"
YEAR = 365 * 24 * 3600
IMPORT = re.compile(r'^(?:import|export)\s(?:[^;"()]*\sfrom\s)?"(\.[^"]+)"', re.MULTILINE)


def install_assets(app: Flask) -> None:
    """Serves the static files. Templates name them by `asset(path)` and the modules of one by `modules_of(path)`."""
    app.add_url_rule("/static/<path:filename>", "static", _send)
    app.add_url_rule("/static/v-<content>/<path:filename>", "static", _send)
    app.add_template_global(lambda path: url_for("static", filename=path, content=content_of_all()), "asset")
    app.add_template_global(modules_of)


def _send(filename: str, content: str | None = None) -> Response:
    """Another version, as in a page that another host has made, is answered with what is here, and nobody keeps it."""
    is_known = content == content_of_all()
    response = send_from_directory(FOLDER, filename, max_age=YEAR if is_known else None)
    response.cache_control.immutable = is_known
    return response


@cache
def content_of_all() -> str:
    """A short name of what all static files contain together: one for all, as relative addresses lead among them."""
    found = hashlib.sha256()
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        found.update(path.relative_to(FOLDER).as_posix().encode() + b"\0")
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:12]


@cache
def modules_of(entry: str) -> tuple[str, ...]:
    """An entry and the modules that it imports, near and far, as paths below the static folder.

    A page that names them saves the browser finding out from one what the next is.
    """
    found = [entry]
    for path in found:  # grows while it is walked
        for name in IMPORT.findall((FOLDER / path).read_text(encoding="utf-8")):
            module = (FOLDER / path).parent.joinpath(name).resolve().relative_to(FOLDER).as_posix()
            if module not in found:
                found.append(module)
    return tuple(found)
