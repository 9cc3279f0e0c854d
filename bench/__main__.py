"""`python -m bench`: all measurements, or the parts that are named."""

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import dispatch, fairness, instant, limit, overhead, pages, recovery, sheet, small_job
from bench.figures import Figure
from bench.report import table, write_json
from bench.services import Services

Measure = Callable[[Services], Iterator[Figure]]

PARTS: dict[str, tuple[str, Measure]] = {
    "limit": (limit.PART, limit.measure),
    "recovery": (recovery.PART, recovery.measure),
    "small-job": (small_job.PART, small_job.measure),
    "fairness": (fairness.PART, fairness.measure),
    "dispatch": (dispatch.PART, dispatch.measure),
    "overhead": (overhead.PART, overhead.measure),
    "instant": (instant.PART, instant.measure),
    "sheet": (sheet.PART, sheet.measure),
    "pages": (pages.PART, pages.measure),
}


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is taken away then too
    begin = time.monotonic()
    figures: list[Figure] = []
    with Services(postgres=options.postgres, quick=options.quick) as services:
        for name in options.parts or PARTS:
            figures.extend(_measured(name, services))
    seconds = time.monotonic() - begin
    database = "PostgreSQL" if options.postgres else "SQLite"
    print(f"\n{table(figures)}\n")
    quick = " (quick: the numbers are too small to mean anything)" if options.quick else ""
    print(f"{len(figures)} figures in {seconds:.0f} s, {database}{quick}")
    if options.json:
        write_json(options.json, figures, seconds=seconds, database=database, quick=options.quick)
    return 1 if any(figure.value is None for figure in figures) else 0


def _measured(name: str, services: Services) -> Iterator[Figure]:
    """The figures of one part. One that breaks says so in the table, and the others go on."""
    part, measure = PARTS[name]
    begin = time.monotonic()
    print(f"{part} …", file=sys.stderr, flush=True)
    try:
        for figure in measure(services):
            print(f"  {figure.what}: {figure.shown} (n = {figure.n})", file=sys.stderr, flush=True)
            yield figure
    except Exception as error:  # noqa: BLE001  whatever broke one measurement is no reason to lose the others
        traceback.print_exc()
        yield Figure(part, "the rest of this part", None, "", 0, f"{type(error).__name__}: {error}")
    print(f"  took {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures the engine beside its peers.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--postgres", action="store_true", help="installations on an embedded PostgreSQL")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--quick", action="store_true", help="tiny numbers, to see whether everything works")
    options = parser.parse_args()
    if strange := [name for name in options.parts if name not in PARTS]:
        parser.error(f"there is no part {', '.join(strange)}; there are {', '.join(PARTS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
