"""The clock of this process is off by the seconds that the file CHAOS_CLOCK holds: Python imports this module first."""

import datetime as dt
import os
import time
from pathlib import Path

FILE = Path(os.environ["CHAOS_CLOCK"])
_time, _Moment = time.time, dt.datetime


def shifted() -> float:
    return _time() + float(FILE.read_text())


class Moment(_Moment):
    """A datetime whose `now` is off."""

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(shifted(), tz)

    @classmethod
    def utcnow(cls):
        return cls.fromtimestamp(shifted(), dt.UTC).replace(tzinfo=None)


time.time = shifted
time.time_ns = lambda: int(shifted() * 1e9)
dt.datetime = Moment
