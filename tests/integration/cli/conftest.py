"""The command as the operator runs it: a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core.settings import Settings
from tests.services.workers import environment

PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on standard output; fails when there is anything else."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What the commands do in the database is tested on every kind elsewhere; here each command is a slow process."""
    return sqlite_url


@pytest.fixture
def run(settings: Settings) -> Run:
    """Run `proofsheet …` with the test's settings; `stdin` is what is typed, `changes` are environment variables."""

    def call(*words: str, stdin: str = "", **changes: str) -> Ran:
        env = {name: value for name, value in (environment(settings) | changes).items() if value}
        command = [sys.executable, "-m", "app.cli", *words]
        done = subprocess.run(
            command, check=False, input=stdin, env=env, cwd=PROJECT, capture_output=True, text=True, timeout=120
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return call
