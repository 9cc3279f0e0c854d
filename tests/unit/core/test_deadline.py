"""Work that takes too long is given up, whatever it does meanwhile."""

import time
from threading import Event, current_thread

import pytest

from app.core.deadline import within


def test_an_answer_comes_back() -> None:
    assert within(5, lambda: current_thread().name, name="looking") == "looking"


def test_an_error_comes_back_as_itself() -> None:
    def fail() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        within(5, fail, name="looking")


def test_what_never_ends_is_given_up() -> None:
    began = time.monotonic()

    with pytest.raises(TimeoutError, match="looking"):
        within(0.05, Event().wait, name="looking")

    assert time.monotonic() - began < 5
