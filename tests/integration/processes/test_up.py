"""The supervisor over real processes."""

import os
import signal
import socket
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
import redis

from app.processes.valkey import running_url
from tests.services.waiting import wait_until

from .conftest import Start, gone


def test_everything_is_started_and_announced_once_ready(start: Start) -> None:
    application = start("web", "worker", "scheduler")
    application.wait_for("ANNOUNCED")
    printed = application.printed()
    assert "web        | GET /livez" in printed
    assert "worker     | toy is ready for action" in printed
    assert printed.index("GET /livez") < printed.index("ANNOUNCED")
    assert len(application.lives("worker")) == 1


def test_valkey_is_ready_before_the_preparation_and_known_to_other_commands(start: Start, tmp_path: Path) -> None:
    application = start("web")
    application.wait_for("ANNOUNCED")
    url = (tmp_path / "prepared").read_text()
    assert running_url(tmp_path / "var" / "valkey") == url
    with redis.Redis.from_url(url) as client:
        assert client.config_get("appendonly")["appendonly"] == "yes"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    application.send(signal.SIGTERM)
    application.ended()
    assert running_url(tmp_path / "var" / "valkey") is None


def test_with_a_redis_url_no_valkey_is_started(start: Start, redis_url: str, tmp_path: Path) -> None:
    application = start("web", redis_url=redis_url)
    application.wait_for("ANNOUNCED")
    assert (tmp_path / "prepared").read_text() == redis_url
    assert not any("valkey" in process.name() for process in application.descendants())


@pytest.mark.parametrize("request_to_stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_request_stops_everything_in_order_and_quickly(start: Start, request_to_stop: signal.Signals) -> None:
    application = start("worker", "web", "scheduler")
    application.wait_for("ANNOUNCED")
    started = application.descendants()
    asked_at = time.monotonic()
    application.send(request_to_stop)
    assert application.ended() == 0
    assert time.monotonic() - asked_at < 15
    assert gone(started)
    order = application.order()
    assert order.count("worker asked") == 1
    assert max(order.index("web ended"), order.index("scheduler ended")) < order.index("worker asked")
    assert application.printed().endswith("proofsheet | Stopped.\n")


def test_what_does_not_end_in_time_is_killed_and_named(start: Start) -> None:
    application = start("web", "deaf", drain_seconds=0.5)
    application.wait_for("ANNOUNCED")
    started = application.descendants()
    application.send(signal.SIGINT)
    assert application.ended() == 0
    assert gone(started)
    assert "deaf did not end in time and is killed." in application.printed()


def test_a_second_ctrl_c_stops_at_once(start: Start) -> None:
    application = start("web", "deaf", drain_seconds=600)
    application.wait_for("ANNOUNCED")
    started = application.descendants()
    application.send(signal.SIGINT)
    application.wait_for("Ctrl-C again stops at once")

    def ended_by_asking_again() -> bool:
        if application.process.poll() is None:
            application.send(signal.SIGINT)
        return application.process.poll() is not None

    wait_until(ended_by_asking_again, what="the end")
    assert gone(started)


def test_a_second_sigterm_is_not_impatience(start: Start) -> None:
    application = start("worker", "web")
    application.wait_for("ANNOUNCED")
    application.send(signal.SIGTERM)
    application.send(signal.SIGTERM)
    assert application.ended() == 0
    assert application.order()[-1] == "worker ended"


@pytest.mark.parametrize("name", ["worker", "web"])
def test_a_process_that_dies_is_started_again_and_leaves_nothing(start: Start, name: str) -> None:
    application = start("web", "worker")
    application.wait_for("ANNOUNCED")
    first = psutil.Process(application.lives(name)[0])
    family = [first, *first.children(recursive=True)]
    os.kill(first.pid, signal.SIGKILL)
    application.wait_for(f"{name} was killed by SIGKILL; it is started again in 0.25 s.")
    wait_until(lambda: len(application.lives(name)) == 2, what="a second life")
    assert gone(family)
    assert application.printed().count("ANNOUNCED") == 1


def test_valkey_comes_back_at_the_same_address(start: Start, tmp_path: Path) -> None:
    application = start("web")
    application.wait_for("ANNOUNCED")
    url = (tmp_path / "prepared").read_text()
    with redis.Redis.from_url(url) as client:
        os.kill(client.info()["process_id"], signal.SIGKILL)
    application.wait_for("valkey was killed by SIGKILL")

    def answers() -> bool:
        try:
            with redis.Redis.from_url(url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    wait_until(answers, what="Valkey to come back")


def test_nothing_is_left_when_the_supervisor_is_killed(start: Start) -> None:
    application = start("web", "worker", "deaf", "scheduler")
    application.wait_for("ANNOUNCED")
    started = application.descendants()
    assert len(started) == 7  # four processes, a grandchild, Valkey and the warden
    application.send(signal.SIGKILL)
    application.ended()
    wait_until(lambda: gone(started), within=5, what="everything to go")


def test_it_starts_again_at_once_after_having_been_killed(start: Start) -> None:
    application = start("web", "worker")
    application.wait_for("ANNOUNCED")
    application.send(signal.SIGKILL)
    application.ended()
    again = start("web", "worker")
    wait_until(lambda: again.printed().count("ANNOUNCED") == 2, what="a second announcement")


def test_nothing_is_left_when_warden_and_then_supervisor_are_killed(start: Start) -> None:
    application = start("web", "worker")
    application.wait_for("ANNOUNCED")
    warden = next(process for process in application.descendants() if "warden.py" in " ".join(process.cmdline()))
    warden.kill()
    os.kill(application.lives("web")[0], signal.SIGKILL)
    wait_until(lambda: len(application.lives("web")) == 2, what="a second life")
    started = application.descendants()
    application.send(signal.SIGKILL)
    application.ended()
    wait_until(lambda: gone(started), within=5, what="everything to go")


def test_a_process_that_can_never_start_ends_everything_and_says_so(start: Start) -> None:
    application = start("web", "crashing")
    assert application.ended(within=30) == 1
    printed = application.printed()
    assert len(application.lives("crashing")) == 5
    assert "crashing   | no such setting" in printed
    assert "crashing ended with code 1 again and again without becoming ready; its lines above say why." in printed
    assert "ANNOUNCED" not in printed


def test_a_second_start_on_the_same_folder_is_refused(start: Start, tmp_path: Path) -> None:
    first = start("web")
    first.wait_for("ANNOUNCED")
    second = start("web", port=first.process.pid % 1000 + 17_000)
    assert second.ended() == 1
    assert f"already runs on {tmp_path / 'var'} (process {first.process.pid})" in second.printed()
    assert first.process.poll() is None


def test_a_port_in_use_is_named_before_anything_starts(start: Start, free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        application = start("web")
        assert application.ended() == 1
    assert f"Port {free_port} is in use by another program." in application.printed()
    assert application.lives("web") == []


def test_a_failed_preparation_stops_what_runs_and_says_why(start: Start, tmp_path: Path) -> None:
    (tmp_path / "unpreparable").touch()
    application = start("web")
    assert application.ended() == 1
    assert "the database cannot be reached" in application.printed()
    assert application.lives("web") == []
