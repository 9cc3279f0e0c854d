"""Runs the fake provider in a process of its own and prints its address as one line of JSON."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from tests.fakes.openai_api import FakeOpenAI, SlidingWindow, TokenBucket
from tests.fakes.openai_api.limits import Limit


def main() -> None:
    options = _options()
    stop = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stop.set())
    with FakeOpenAI(
        bill=options.bill,
        port=options.port,
        latency=options.latency,
        jitter=options.jitter,
        limit=_limit(options),
        key=options.key,
        photographs=options.photographs,
    ) as api:
        sys.stdout.write(json.dumps({"base_url": api.base_url, "control_url": api.control_url}) + "\n")
        sys.stdout.flush()
        stop.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.openai_api", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--bill", type=Path, help="file that the bill is appended to")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--jitter", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--photographs", action="store_true", help="pictures as heavy as what a model sends")
    parser.add_argument("--key", help="the only key that is accepted; default: any")
    parser.add_argument(
        "--window", nargs=2, type=float, metavar=("IMAGES", "SECONDS"), help="limit by a sliding window"
    )
    parser.add_argument("--bucket", nargs=2, type=float, metavar=("PER_MINUTE", "BURST"), help="limit by a bucket")
    return parser.parse_args()


def _limit(options: argparse.Namespace) -> Limit | None:
    if options.window:
        return SlidingWindow(int(options.window[0]), options.window[1])
    return TokenBucket(options.bucket[0], int(options.bucket[1])) if options.bucket else None


if __name__ == "__main__":
    main()
