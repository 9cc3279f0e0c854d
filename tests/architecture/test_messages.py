"""Every piece of work has an actor, every queue a process, and every call the time it needs."""

from collections.abc import Iterator
from pathlib import Path

import dramatiq
import pytest
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Retries

from app.core.queue import MOST_AT_ONCE, QUEUE_OF, ActorName, QueueName
from app.generation.insist import PERSIST_SECONDS
from app.processes.launch import DRAIN_SECONDS
from app.processes.procfile import read_procfile
from app.providers.catalogue_file import LONGEST_CALL_SECONDS
from tests.architecture.sources import PROJECT

MINIMAL = {"PORT": "8000"}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisBroker]:
    """The workers' broker with every actor, as `dramatiq actors` makes it; nothing is connected."""
    before = dramatiq.broker.global_broker
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        environment.setenv("PROOFSHEET_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        import actors

        yield actors.broker
    dramatiq.broker.global_broker = before


@pytest.fixture(scope="module")
def commands() -> dict[str, list[str]]:
    return read_procfile(PROJECT / "Procfile", MINIMAL)


def queues_of(command: list[str]) -> list[str]:
    """The names behind `--queues`."""
    if "--queues" not in command:
        return []
    rest = command[command.index("--queues") + 1 :]
    return rest[: next((index for index, word in enumerate(rest) if word.startswith("-")), len(rest))]


def milliseconds(command: list[str], option: str) -> int:
    return int(command[command.index(option) + 1])


def test_every_name_has_its_actor_and_every_actor_its_name(broker: RedisBroker) -> None:
    assert set(broker.actors) == {name.value for name in ActorName}


@pytest.mark.parametrize("name", list(ActorName))
def test_an_actor_waits_in_the_queue_it_is_sent_to(broker: RedisBroker, name: ActorName) -> None:
    assert broker.get_actor(name).queue_name == QUEUE_OF[name]


def test_every_queue_is_emptied_by_one_process(commands: dict[str, list[str]]) -> None:
    emptied = [queue for command in commands.values() for queue in queues_of(command)]
    assert sorted(emptied) == sorted(QueueName)


def test_calls_to_providers_share_their_threads_with_nothing_else(commands: dict[str, list[str]]) -> None:
    """All queues of one process share its threads: calls of half a minute would hold up everything else."""
    assert queues_of(commands["generate"]) == [QueueName.GENERATE]


def test_a_store_that_hangs_leaves_threads_for_what_keeps_everything_going(commands: dict[str, list[str]]) -> None:
    """Neither it nor a writer may hold up dispatch and sweeps, which wait in a queue of the same process."""
    words = commands["worker"]
    threads = int(words[words.index("--threads") + 1])
    others = [queue for queue in queues_of(words) if queue != QueueName.CONTROL]

    assert sum(MOST_AT_ONCE[queue] for queue in others) <= threads - 2


def test_nothing_is_retried_behind_our_back(broker: RedisBroker) -> None:
    assert not any(isinstance(each, Retries) for each in broker.middleware)


def test_the_applications_context_is_there_before_the_pace_is_kept(broker: RedisBroker) -> None:
    names = [type(each).__name__ for each in broker.middleware]
    assert names.index("AppContext") < names.index("ProcessRow") < names.index("RateLimit")


def test_no_message_is_judged_by_the_clock_of_another_host(broker: RedisBroker) -> None:
    """Clocks may be minutes apart: then every message of one host would be too old for the others."""
    assert not any(isinstance(each, AgeLimit) for each in broker.middleware)


def test_a_call_that_is_being_paid_for_is_never_cut_off(broker: RedisBroker, commands: dict[str, list[str]]) -> None:
    longest = LONGEST_CALL_SECONDS + PERSIST_SECONDS
    drain = milliseconds(commands["generate"], "--worker-shutdown-timeout") / 1000
    assert broker.get_actor(ActorName.GENERATE_IMAGE).options["time_limit"] / 1000 > longest
    assert longest < drain < DRAIN_SECONDS


def test_the_threads_of_the_procfile_are_those_of_the_settings() -> None:
    words = read_procfile(PROJECT / "Procfile", MINIMAL | {"PROOFSHEET_GENERATE_THREADS": "7"})["generate"]
    assert words[words.index("--threads") + 1] == "7"
    assert "dramatiq_queue_prefetch=7" in words


def test_the_procfile_is_where_the_supervisor_looks_for_it() -> None:
    from app.cli import PROCFILE

    assert PROCFILE == PROJECT / "Procfile"
    assert Path(PROCFILE).is_file()
