"""The variants alone, in a process that is set up as a worker is: `python -m bench.alone FILE…` prints seconds."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from app.imaging.variants import make_variants
from bench.cpu import taken
from bench.program import PROJECT, as_a_worker

CORES = os.cpu_count() or 1
SWITCH_SECONDS = 0.02
"""As `actors` sets it."""


def variants_alone(files: Sequence[Path]) -> float:
    """Seconds for the variants of these pictures on all cores."""
    argv = as_a_worker([sys.executable, "-m", "bench.alone", *map(str, files)])
    return float(subprocess.run(argv, cwd=PROJECT, capture_output=True, check=True, text=True).stdout)


if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_SECONDS)
    print(taken(make_variants, [Path(name).read_bytes() for name in sys.argv[1:]], threads=CORES))
