"""Runs the supervisor as its own process: `python run_up.py FOLDER PORT DRAIN_SECONDS [REDIS_URL]`."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from app.core.errors import ProofsheetError
from app.processes import up


def prepare(env: Mapping[str, str]) -> None:
    (FOLDER / "prepared").write_text(env["REDIS_URL"])
    if (FOLDER / "unpreparable").exists():
        raise ProofsheetError("the database cannot be reached")


if __name__ == "__main__":
    FOLDER = Path(sys.argv[1])
    try:
        code = up(
            procfile=FOLDER / "Procfile",
            data_dir=FOLDER / "var",
            env={**os.environ, "TOYS": str(FOLDER)},
            redis_url=sys.argv[4] if len(sys.argv) > 4 else None,
            port=int(sys.argv[2]),
            prepare=prepare,
            announce=lambda: print("ANNOUNCED"),  # noqa: T201
            out=sys.stdout,
            drain_seconds=float(sys.argv[3]),
        )
    except ProofsheetError as error:
        sys.exit(error.message)
    sys.exit(code)
