"""Real worker processes, and a store or a disk that fails under them: everything waits, nothing is lost or paid twice."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.core.database import db_now, transaction
from app.core.settings import Settings
from app.generation.models import Image, Job
from app.generation.moves import lock_job, pause
from app.generation.queries import images_of
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.processes.guard import Guard
from tests.chaos.conftest import fresh, wait_for_end
from tests.fakes.openai_api import FakeOpenAI
from tests.services.bad_line import SLOW_DOWN, BadLine, lost
from tests.services.invariants import check_invariants
from tests.services.provider import MakeOpenAIJob
from tests.services.s3 import AWS_ENVIRONMENT, Bucket, RcloneServer
from tests.services.waiting import wait_until
from tests.services.workers import Workers

LEASES = 8
"""The outage of an hour, as many leases long as a short test can wait for."""


@pytest.fixture
def settings(openai_settings: Settings, rclone_s3: Bucket) -> Settings:
    return openai_settings.model_copy(update={"storage_url": rclone_s3.storage_url("studio")})


@pytest.fixture
def hosts(settings: Settings, guard: Guard) -> Iterator[Callable[[str], Workers]]:
    """`hosts("one")`: the processes of a host that has this data folder, not started yet."""
    made: list[Workers] = []

    def host(name: str) -> Workers:
        folder = settings.data_dir.with_name(f"data-{name}")
        made.append(Workers(settings.model_copy(update={"data_dir": folder}), guard, **AWS_ENVIRONMENT))
        return made[-1]

    yield host
    for each in made:
        each.kill()


@pytest.fixture
def workers(settings: Settings, guard: Guard) -> Iterator[Workers]:
    made = Workers(settings, guard, **AWS_ENVIRONMENT)
    yield made
    made.kill()


def spooled(settings: Settings, *names: str) -> int:
    """Files in the spools of these hosts; without names, of the installation's own data folder."""
    folders = [settings.data_dir.with_name(f"data-{name}") for name in names] or [settings.data_dir]
    return sum(path.is_file() for folder in folders for path in (folder / "spool").rglob("*"))


def test_a_store_that_is_away_for_long_delays_and_loses_nothing(
    workers: Workers, settings: Settings, openai_job: MakeOpenAIJob, api: FakeOpenAI, rclone_server: RcloneServer
) -> None:
    api.set(latency=0.2)
    workers.start()
    job = openai_job(24)
    wait_until(lambda: len(api.bill) >= 8, what="8 pictures to be billed")

    rclone_server.kill()
    began = db_now()
    wait_until(lambda: fresh(job).storing_count >= 4 and len(api.bill) == 24, within=60, what="pictures to wait")
    wait_until(lambda: db_now() > began + timedelta(seconds=LEASES), within=60, what="many leases to pass")
    during = fresh(job)
    assert (during.failed_count, during.unknown_count, during.finished_at) == (0, 0, None)
    assert len(api.bill) == 24
    rclone_server.start()

    assert wait_for_end(job).state == JobState.COMPLETED
    wait_until(lambda: spooled(settings) == 0, what="the spool to be empty")
    assert len(api.bill) == 24
    check_invariants(job, api.bill)


class TestOnABadLine:
    """The store lives; what goes over the line to it is held up, lost or refused."""

    @pytest.fixture(params=["moto_s3", "rclone_s3"])
    def bucket(self, request: pytest.FixtureRequest) -> Bucket:
        made: Bucket = request.getfixturevalue(request.param)
        return made

    @pytest.fixture
    def line(self, bucket: Bucket) -> Iterator[BadLine]:
        with BadLine(bucket.endpoint) as line:
            yield line

    @pytest.fixture
    def database_url(self, postgres_url: str) -> str:
        return postgres_url

    @pytest.fixture
    def settings(self, openai_settings: Settings, bucket: Bucket, line: BadLine) -> Settings:
        url = bucket.storage_url("studio", endpoint_url=line.endpoint, timeout_seconds="1")
        return openai_settings.model_copy(update={"storage_url": url})

    @pytest.mark.parametrize("trouble", ["refuses", "hangs", "does and does not say", "is slow"])
    def test_whatever_the_store_does_each_picture_is_stored_once(
        self, workers: Workers, openai_job: MakeOpenAIJob, api: FakeOpenAI, line: BadLine, trouble: str
    ) -> None:
        settings = studio().settings
        api.set(latency=0.2)
        workers.start()
        job = openai_job(16)
        wait_until(lambda: len(api.bill) >= 4, what="4 pictures to be billed")

        _make(trouble, line)
        wait_until(lambda: len(api.bill) == 16, what="all pictures to be billed all the same")
        if trouble != "is slow":
            wait_until(lambda: spooled(settings), what="a picture to be spooled")
            assert fresh(job).finished_at is None
            line.heal()

        assert wait_for_end(job).state == JobState.COMPLETED
        wait_until(lambda: spooled(settings) == 0, what="the spool to be empty")
        assert len(api.bill) == 16
        check_invariants(job, api.bill)


def _make(trouble: str, line: BadLine) -> None:
    match trouble:
        case "refuses":
            line.break_answers(SLOW_DOWN, times=100_000)
        case "hangs":
            line.fall_silent()
        case "does and does not say":
            line.break_answers(lost, times=100_000)
        case _:
            line.delay = 0.15


class TestHanging:
    """Variants hang for longer than this test takes."""

    @pytest.fixture
    def settings(self, openai_settings: Settings, rclone_s3: Bucket, bad_line: BadLine) -> Settings:
        url = rclone_s3.storage_url("studio", endpoint_url=bad_line.endpoint, timeout_seconds="30")
        return openai_settings.model_copy(update={"storage_url": url})

    def test_a_store_that_hangs_holds_up_neither_dispatch_nor_sweeps(
        self, workers: Workers, openai_job: MakeOpenAIJob, api: FakeOpenAI, bad_line: BadLine
    ) -> None:
        aside, before = openai_job(1), openai_job(12)
        with transaction():
            pause(lock_job(aside.id), "Paused for the test.")
        bad_line.fall_silent(about=b"/variants/")
        workers.start()
        wait_until(lambda: fresh(before).storing_count == 12, what="twelve pictures to be stored")
        wait_until(lambda: _hanging(bad_line) >= 4, what="as many threads to hang as may")

        after = openai_job(tuple(f"a harbour, number {n}" for n in range(12)))
        wait_until(lambda: len(api.bill) == 24, what="more to be dispatched and made")
        _expire_mark(aside)
        wait_until(lambda: not _marked(aside), what="a sweep")
        assert "store_postponed" not in workers.text, "the store has hung all the time"
        assert fresh(before).storing_count == 12

        bad_line.speak_again()
        for job in (before, after):
            assert wait_for_end(job).state == JobState.COMPLETED
            check_invariants(job, [entry for entry in api.bill if _is_of(job, entry["prompt"])])


def _hanging(line: BadLine) -> int:
    return sum(b"/variants/" in request for request in line.requests)


def _is_of(job: Job, prompt: str) -> bool:
    return any(image.prompt_sent == prompt for image in images_of(job.id))


def _expire_mark(job: Job) -> None:
    with transaction() as session:
        past = db_now() - timedelta(minutes=1)
        session.execute(update(Image).where(Image.job_id == job.id).values(dispatched_until=past))


def _marked(job: Job) -> bool:
    fresh(job)
    return any(image.dispatched_until for image in images_of(job.id))


class TestTwoHosts:
    """One store and one database, two data folders."""

    @pytest.fixture
    def database_url(self, postgres_url: str) -> str:
        return postgres_url

    def test_each_host_brings_what_it_has_spooled(
        self,
        hosts: Callable[[str], Workers],
        settings: Settings,
        openai_job: MakeOpenAIJob,
        api: FakeOpenAI,
        rclone_server: RcloneServer,
    ) -> None:
        api.set(latency=0.5)
        one, two = hosts("one"), hosts("two")
        one.start()
        two.start("generate", "worker")
        rclone_server.kill()
        job = openai_job(16)
        wait_until(lambda: spooled(settings, "one", "two") == 16, within=60, what="all pictures to be spooled")
        assert spooled(settings, "one")
        assert spooled(settings, "two")

        two.stop()
        rclone_server.start()
        theirs = spooled(settings, "two")
        wait_until(lambda: fresh(job).completed_count == 16 - theirs, within=90, what="the first host's pictures")
        assert {image.state for image in images_of(job.id)} == {ImageState.COMPLETED, ImageState.STORING}
        wait_until(lambda: _say_where(job) == theirs, within=60, what="the others to say what they wait for")
        two.start("generate", "worker")

        assert wait_for_end(job).state == JobState.COMPLETED
        assert spooled(settings, "one", "two") == 0
        check_invariants(job, api.bill)


def _say_where(job: Job) -> int:
    fresh(job)
    return sum("on the disk of the host" in (image.error_message or "") for image in images_of(job.id))
