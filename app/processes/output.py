"""What the processes print, line by line, behind their names: aligned, and coloured on a terminal."""

from typing import TextIO

_COLOURS = ("36", "33", "32", "35", "34", "31")
_OWN_NAME = "proofsheet"


class Output:
    """Writes prefixed lines to one stream, for all processes.

    `closed` becomes true when nobody reads any more (a closed pipe or terminal); later lines are dropped.
    """

    def __init__(self, stream: TextIO, names: list[str]) -> None:
        self.closed = False
        self._stream = stream
        self._width = max(len(name) for name in [*names, _OWN_NAME])
        self._colours = dict(zip(names, _repeated(_COLOURS, len(names)), strict=True)) if stream.isatty() else {}

    def line(self, name: str, text: str) -> None:
        """One line printed by the process `name`."""
        prefix = f"{name:<{self._width}} |"
        if colour := self._colours.get(name):
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self._write(f"{prefix} {text}\n")

    def say(self, text: str) -> None:
        """One line of the supervisor's own."""
        self.line(_OWN_NAME, text)

    def _write(self, text: str) -> None:
        if self.closed:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self.closed = True


def _repeated(colours: tuple[str, ...], count: int) -> list[str]:
    return [colours[index % len(colours)] for index in range(count)]
