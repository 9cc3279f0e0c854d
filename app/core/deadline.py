"""Work that is given up after a time, whatever it waits for."""

from collections.abc import Callable
from queue import Empty, Queue
from threading import Thread
from typing import TypeVar, cast

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T], *, name: str) -> T:
    """What the work answers or raises; TimeoutError when that takes longer.

    A daemon thread named `name` does it, so that what hangs holds neither the caller's thread nor the process' end. A
    time-out of a client is not enough: it begins anew with every byte that comes.
    """
    answers: Queue[tuple[bool, object]] = Queue(maxsize=1)
    Thread(target=_do, args=(work, answers), daemon=True, name=name).start()
    try:
        worked, answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"{name}: no answer within {seconds:g} s") from None
    if not worked:
        raise cast(BaseException, answer)
    return cast(T, answer)


def _do(work: Callable[[], object], answers: "Queue[tuple[bool, object]]") -> None:
    try:
        answers.put((True, work()))
    except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
        answers.put((False, error))
