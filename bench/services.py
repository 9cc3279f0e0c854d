"""What the measurements stand on: Valkey, empty databases, folders. Everything is taken away at the end."""

import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import Self

from app.core.migrate import upgrade
from app.processes.guard import Guard
from bench.program import PROJECT
from tests.services.databases import PostgresServer
from tests.services.valkey import ValkeyServer

TEMPLATE = "proofsheet_template"


class Services:
    """`postgres`: installations use PostgreSQL. `quick`: tiny numbers, to see that everything works."""

    def __init__(self, *, postgres: bool, quick: bool) -> None:
        self.postgres, self.quick = postgres, quick
        self._numbers = count(1)
        self._server: PostgresServer | None = None

    def __enter__(self) -> Self:
        # Beside the product's own data: the disk is a part of what is measured.
        parent = PROJECT / "var"
        parent.mkdir(exist_ok=True)
        self._root = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
        self.guard = Guard()
        self.valkey = ValkeyServer(self._root / "valkey", self.guard)
        self.valkey.start()
        self._template = self._root / "template.db"
        upgrade(f"sqlite:///{self._template}")
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.stop()
        self.valkey.kill()
        self.guard.__exit__(None, None, None)
        shutil.rmtree(self._root, ignore_errors=True)

    def pick(self, full: int, quick: int) -> int:
        """The number for this run."""
        return quick if self.quick else full

    def folder(self) -> Path:
        """A new, empty one."""
        path = self._root / f"{next(self._numbers):03}"
        path.mkdir()
        return path

    def database(self, *, postgres: bool | None = None) -> str:
        """The URL of a new, migrated database of the kind asked for, or of this run's kind."""
        return self._postgres() if (self.postgres if postgres is None else postgres) else self._sqlite()

    def _sqlite(self) -> str:
        path = self.folder() / "proofsheet.db"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def _postgres(self) -> str:
        if self._server is None:
            self._server = PostgresServer(self._root / "postgres")
            upgrade(self._server.create_named(TEMPLATE))
        return self._server.create(TEMPLATE)
