"""Ctrl-C and its relatives, noted instead of acted upon at once."""

import os
import signal
import time
from types import FrameType, TracebackType
from typing import Any, Self

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SECOND_PRESS_SECONDS = 0.5


class StopRequests:
    """While entered: `asked` after the first SIGINT, SIGTERM or SIGHUP; `insisted` after a second Ctrl-C.

    Only a later SIGINT insists: `make` passes a SIGTERM on to a child that may have had its own already.
    `descriptor` becomes readable when any of these signals came or a child ended. Main thread only.
    """

    def __init__(self) -> None:
        self.asked = False
        self.insisted = False
        self.interrupts = False
        """Whether a request raises KeyboardInterrupt where it arrives: for work that does not look at `asked`."""
        self._asked_at = 0.0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self.descriptor, self._writing = os.pipe()
        for descriptor in (self.descriptor, self._writing):
            os.set_blocking(descriptor, False)
        self._wakeup_before = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        for number in _STOP_SIGNALS:
            self._before[number] = signal.signal(number, self._note)
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self.descriptor)
        os.close(self._writing)

    def ask(self) -> None:
        """Stop for a reason of our own."""
        if not self.asked:
            self.asked, self._asked_at = True, time.monotonic()

    def drain(self) -> None:
        """Forget what made `descriptor` readable."""
        try:
            while os.read(self.descriptor, 4096):
                pass
        except BlockingIOError:
            return

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT and time.monotonic() - self._asked_at > _SECOND_PRESS_SECONDS:
            self.insisted = True
        self.ask()
        if self.interrupts:
            raise KeyboardInterrupt
