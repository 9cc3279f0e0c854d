"""`python -m tests.chaos`: every cell of the matrix, then storms. Exit status 0 when nothing was lost or paid twice.

python -m tests.chaos --seed 7 --images 5000           the cells, then storms with this seed
python -m tests.chaos --storm-only --database sqlite   one storm
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.account import account, spooled
from tests.chaos.storm import Storm, storm
from tests.services.s3 import AWS_ENVIRONMENT
from tests.services.waiting import wait_until
from tests.services.workers import PROJECT

SQLITE_SHARE = 5
"""The storm on SQLite has a fifth of the images."""


def main() -> int:
    options = parsed()
    status = 0 if options.storm_only else matrix()
    runs = [("postgresql", options.images), ("sqlite", max(1, options.images // SQLITE_SHARE))]
    if options.database:
        runs = [(options.database, options.images)]
    for database, images in runs:
        if not storm_passes(database, images=images, seed=options.seed, minutes=options.minutes):
            status = 1
    return status


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the storms")
    parser.add_argument("--images", type=int, default=5000, help="of the storm on PostgreSQL")
    parser.add_argument("--minutes", type=float, default=12, help="after which a storm calms down")
    parser.add_argument("--storm-only", action="store_true", help="leave the matrix out")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="one storm, on this database")
    return parser.parse_args()


def matrix() -> int:
    """Every cell, and the other tests of this folder."""
    argv = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "tests.chaos.everything", "tests/chaos"]
    return subprocess.run(argv, cwd=PROJECT, check=False).returncode


def storm_passes(database: str, *, images: int, seed: int, minutes: float) -> bool:
    """Play one storm and print its account."""
    parent = PROJECT / "var"
    parent.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=parent))
    folder.chmod(0o755)
    os.environ.update(AWS_ENVIRONMENT)
    print(f"Storm on {database}: {images} images, seed {seed}", flush=True)
    try:
        with storm(folder, seed=seed, database=database) as made:
            return played(made, images, minutes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def played(made: Storm, images: int, minutes: float) -> bool:
    began = time.monotonic()
    job = made.stage.job(made.prompts(images))
    made.rage(job, until=began + minutes * 60)
    raged = time.monotonic() - began
    job = made.stage.ended(job, within=600)
    wait_until(lambda: spooled() == 0, within=120, what="the spools to be empty")
    took = time.monotonic() - began
    result = account(job, made.stage.api.bill, len(made.stage.api.calls))
    for name, value in result.lines():
        print(f"  {name:<44} {value}")
    blows = ", ".join(f"{count} x {name.replace('_', ' ')}" for name, count in made.blows.most_common())
    print(f"  {sum(made.blows.values())} blows in {raged:.0f} s: {blows}")
    print(f"  ended after {took:.0f} s: {'right' if result.right else 'WRONG'}", flush=True)
    return result.right


if __name__ == "__main__":
    sys.exit(main())
