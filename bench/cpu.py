"""Processor time of processes and of picture work. User and system time, seconds."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import psutil


def seconds_of(pids: Iterable[int]) -> float:
    """User + system time so far of these processes and everything they have started."""
    return sum(_seconds(process) for pid in pids for process in _tree(pid))


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def each(work: Callable[[bytes], object], pictures: Sequence[bytes]) -> float:
    """CPU seconds that `work` takes for one picture: the mean over all, one thread, after one for warming up."""
    work(pictures[0])
    begin = time.process_time()
    for picture in pictures:
        work(picture)
    return (time.process_time() - begin) / len(pictures)


def taken(work: Callable[[bytes], object], pictures: Sequence[bytes], *, threads: int) -> float:
    """Seconds that `work` alone takes for these pictures in so many threads of one process."""
    work(pictures[0])
    begin = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, pictures))
    return time.perf_counter() - begin
