"""`proofsheet up --only`: a host that runs a part of the Procfile."""

import pytest

from tests.integration.cli.conftest import Run


def test_a_part_is_of_no_use_to_a_host_that_shares_nothing(run: Run) -> None:
    ran = run("up", "--only", "generate,worker")

    assert ran.status == 2
    assert "REDIS_URL" in ran.err
    assert "DATABASE_URL" in ran.err


@pytest.mark.parametrize("names", ["kitchen", "generate,kitchen", ","])
def test_a_name_that_the_procfile_does_not_have_is_refused(run: Run, postgres_url: str, names: str) -> None:
    ran = run("up", "--only", names, DATABASE_URL=postgres_url)

    assert ran.status == 2
    assert "web, generate, worker, scheduler" in ran.err
