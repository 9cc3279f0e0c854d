"""One command that runs everything on this machine: Valkey, the migrations, the processes of the Procfile."""

import os
import shutil
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from app.core.errors import ConfigurationError
from app.processes.child import Program, Rank
from app.processes.guard import Guard
from app.processes.lock import data_folder_lock
from app.processes.output import Output
from app.processes.procfile import read_procfile
from app.processes.readiness import WORKER_OR_SCHEDULER, answers_http
from app.processes.stop_requests import StopRequests
from app.processes.supervisor import Supervisor
from app.processes.valkey import Valkey, port_is_free, prepare_valkey

DRAIN_SECONDS = 255.0
"""Longer than dramatiq's own bound in the Procfile, which is longer than a provider's call may take."""

_WEB = "web"
_FRONT = {_WEB, "scheduler"}


def up(
    *,
    procfile: Path,
    data_dir: Path,
    env: Mapping[str, str],
    redis_url: str | None,
    port: int,
    prepare: Callable[[Mapping[str, str]], None],
    announce: Callable[[], None],
    out: TextIO,
    only: Collection[str] | None = None,
    drain_seconds: float = DRAIN_SECONDS,
) -> int:
    """Run the whole application until it is asked to stop; main thread only.

    Starts the bundled Valkey unless `redis_url` is given, calls `prepare` (migrations) with the children's environment,
    starts what the Procfile names and calls `announce` once all of it is ready. `env` is what the children inherit;
    REDIS_URL, PORT and PATH are set in it. `only` names the processes to start, all by default. Work in flight gets
    `drain_seconds` when stopping.

    Answers 0 after a stop that was asked for, 1 when a process cannot be started. Raises ConfigurationError (busy port,
    unusable Procfile), Conflict (already running on this data folder), and whatever `prepare` raises, after stopping.
    """
    with data_folder_lock(data_dir) as lock, Guard(keep_open=lock) as guard, StopRequests() as requests:
        if only is None or _WEB in only:
            _check_port(port)
        valkey = None if redis_url else prepare_valkey(data_dir / "valkey")
        child_env = _children_environment(env, redis_url or (valkey.url if valkey else ""), port)
        programs = _chosen(_programs(procfile, child_env, port), only)
        services = [_valkey_program(valkey, child_env)] if valkey else []
        output = Output(out, [program.name for program in [*services, *programs]])
        supervisor = Supervisor(guard, requests, output, drain_seconds)
        try:
            return _run(supervisor, services, lambda: prepare(child_env), programs, announce)
        finally:
            supervisor.stop()
            if valkey:
                valkey.forget_address()


def _run(
    supervisor: Supervisor,
    services: Sequence[Program],
    prepare: Callable[[], None],
    programs: Sequence[Program],
    announce: Callable[[], None],
) -> int:
    supervisor.launch(services)
    if supervisor.watch(until=supervisor.all_ready):
        supervisor.interruptible(prepare)
        supervisor.launch(programs)
        if supervisor.watch(until=supervisor.all_ready):
            announce()
            supervisor.watch(until=lambda: False)
    return 1 if supervisor.failed else 0


def _check_port(port: int) -> None:
    if not port_is_free(port):
        raise ConfigurationError(
            f"Port {port} is in use by another program. Stop that, or choose another port: PORT={port + 1} make run"
        )


def _children_environment(env: Mapping[str, str], redis_url: str, port: int) -> dict[str, str]:
    """The programs installed beside this Python come first; their output arrives line by line."""
    path = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    return {**env, "PATH": path, "REDIS_URL": redis_url, "PORT": str(port), "PYTHONUNBUFFERED": "1"}


def _programs(procfile: Path, env: Mapping[str, str], port: int) -> list[Program]:
    return [
        Program(
            name=name,
            argv=_found(name, argv, env),
            env=env,
            folder=procfile.resolve().parent,
            rank=Rank.FRONT if name in _FRONT else Rank.WORKER,
            readiness=answers_http(port, "/livez") if name == _WEB else WORKER_OR_SCHEDULER,
        )
        for name, argv in read_procfile(procfile, env).items()
    ]


def _chosen(programs: list[Program], only: Collection[str] | None) -> list[Program]:
    """Raises ConfigurationError for a name that the Procfile does not have, and for none at all."""
    if only is None:
        return programs
    names = [program.name for program in programs]
    if not only or set(only) - set(names):
        raise ConfigurationError(f"Name processes of the Procfile: {', '.join(names)}.")
    return [program for program in programs if program.name in only]


def _found(name: str, argv: list[str], env: Mapping[str, str]) -> list[str]:
    program = shutil.which(argv[0], path=env["PATH"])
    if program is None:
        raise ConfigurationError(
            f"The process {name} needs the program {argv[0]}, which is not installed. Run make install."
        )
    return [program, *argv[1:]]


def _valkey_program(valkey: Valkey, env: Mapping[str, str]) -> Program:
    return Program("valkey", valkey.argv, env, valkey.folder, Rank.SERVICE, valkey.readiness)
