"""The Procfile: one `name: command` a line, the truth about what runs.

Hosts that run Procfiles hand each command to a shell. Here only what our own lines use is understood: words and quotes,
`$NAME`, `${NAME}` and `${NAME:-default}`. Anything else a shell would do is refused rather than passed on as a word.
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from app.core.errors import ConfigurationError

_LINE = re.compile(r"^(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)$")
_VARIABLE = re.compile(r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\})")
_SHELL_ONLY = re.compile(r"[;&|<>`]|\$\(")


def read_procfile(path: Path, env: Mapping[str, str]) -> dict[str, list[str]]:
    """Process name → its command as words, variables filled in from `env`.

    Raises ConfigurationError when the file is missing, empty, or has a line that cannot be understood.
    """
    if not path.is_file():
        raise ConfigurationError(f"There is no Procfile at {path}. Run from a complete copy of the project.")
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    commands = dict(_entry(line, env) for line in lines if line and not line.startswith("#"))
    if not commands:
        raise ConfigurationError(f"{path} names no process.")
    return commands


def _entry(line: str, env: Mapping[str, str]) -> tuple[str, list[str]]:
    match = _LINE.match(line)
    if match is None:
        raise ConfigurationError(f"The Procfile's line “{line}” does not read `name: command`.")
    return match["name"], command_words(match["command"], env)


def command_words(command: str, env: Mapping[str, str]) -> list[str]:
    """The words of one command. Variables are filled in after splitting, so a value never becomes two words."""
    if _SHELL_ONLY.search(command):
        raise ConfigurationError(f"The Procfile's command “{command}” needs a shell; only plain commands are run.")
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigurationError(f"The Procfile's command “{command}” cannot be read: {error}.") from None
    return [expand(word, env) for word in words]


def expand(word: str, env: Mapping[str, str]) -> str:
    """`word` with its variables filled in. As in a shell, `:-` also replaces an empty value."""

    def value(match: re.Match[str]) -> str:
        name = match["plain"] or match["braced"]
        found = env.get(name, "")
        if not found and match["default"] is not None:
            return match["default"]
        if name not in env:
            raise ConfigurationError(f"The Procfile uses {name}, which is not set.")
        return found

    return _VARIABLE.sub(value, word)
