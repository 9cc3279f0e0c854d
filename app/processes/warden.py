"""The warden: kills what is left when the supervisor is gone, however it went.

A program of its own, started by `guard.py` with the reading end of a pipe as standard input. A line `1234` enrols a
process group, `-1234` strikes it off. The kernel closes the pipe when the supervisor ends, even by SIGKILL; then every
group still enrolled is killed, grandchildren included. It inherits the data folder's lock, so nobody starts before this
is done. Only the standard library's smallest parts are imported: it must start fast and need nothing.
"""

import os
import signal
import sys
import time

_GONE_WITHIN_SECONDS = 3.0


def enrolled_groups(lines: list[bytes]) -> set[int]:
    """The groups that are still enrolled after these lines."""
    groups: set[int] = set()
    for number in map(int, filter(None, lines)):
        if number > 0:
            groups.add(number)
        else:
            groups.discard(-number)
    return groups


def kill_group(group: int) -> bool:
    """SIGKILL to a whole process group; false when there is none (left).

    macOS answers PermissionError for a group of which only zombies are left.
    """
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = enrolled_groups(sys.stdin.buffer.read().split(b"\n"))
    give_up = time.monotonic() + _GONE_WITHIN_SECONDS
    while groups and time.monotonic() < give_up:
        groups = {group for group in groups if kill_group(group)}
        time.sleep(0.01)


if __name__ == "__main__":
    main()
