"""The fixtures of the matrix: a stage for each cell."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.core.settings import Settings
from tests.chaos.cell import Cell
from tests.chaos.cells import EVERYTHING, chosen
from tests.chaos.stage import KEY, Stage, stage_settings
from tests.fakes.openai_api import FakeOpenAI
from tests.services.application import Team


def play_on(database: str, metafunc: pytest.Metafunc) -> None:
    """Give the test its cells: the forty, or with the plugin all of them."""
    everything = metafunc.config.pluginmanager.hasplugin(EVERYTHING)
    metafunc.parametrize("cell", chosen(database, everything=everything))


@pytest.fixture
def api(tmp_path: Path) -> Iterator[FakeOpenAI]:
    with FakeOpenAI(bill=tmp_path / "bill.jsonl", key=KEY) as server:
        yield server


@pytest.fixture
def settings(cell: Cell, tmp_path: Path, database_url: str, redis_url: str, api: FakeOpenAI) -> Settings:
    return stage_settings(tmp_path, database_url, redis_url, api, **cell.settings)


@pytest.fixture
def stage(
    app: Flask, settings: Settings, api: FakeOpenAI, team: Team, request: pytest.FixtureRequest
) -> Iterator[Stage]:
    guard, valkey = request.getfixturevalue("guard"), request.getfixturevalue("valkey")
    with Stage(settings, guard, api, valkey, team, request.getfixturevalue) as made:
        yield made
