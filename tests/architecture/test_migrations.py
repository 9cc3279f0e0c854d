"""The migrations make exactly the tables that the models speak of, there and back, on both databases."""

import re
from collections.abc import Iterator
from enum import StrEnum

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect

import app.accounts.models
import app.audit.models
import app.generation.models
import app.generation.process_models
import app.generation.provider_models
import app.notifications.models
import app.publishing.models
import app.publishing.trash_models  # noqa: F401 - the imports fill the metadata
from app.accounts.models import Role
from app.core.database import Base
from app.core.migrate import MIGRATIONS, downgrade, is_current, upgrade
from app.generation.models import AttemptOutcome
from app.generation.states import ImageState, JobState, Mark
from app.moderation.interface import Severity
from app.publishing.name_states import NameState
from app.publishing.states import Hold, PageState, Step
from app.publishing.tag_states import TagState
from app.writing.interface import Failure

CHECKS: list[tuple[str, str, type[StrEnum]]] = [
    ("jobs", "ck_jobs_state", JobState),
    ("images", "ck_images_state", ImageState),
    ("images", "ck_images_mark", Mark),
    ("attempts", "ck_attempts_outcome", AttemptOutcome),
    ("pages", "ck_pages_state", PageState),
    ("pages", "ck_pages_step", Step),
    ("pages", "ck_pages_failure", Failure),
    ("pages", "ck_pages_held_for", Hold),
    ("pages", "ck_pages_severity", Severity),
    ("tags", "ck_tags_state", TagState),
    ("picture_names", "ck_picture_names_state", NameState),
    ("memberships", "ck_memberships_role", Role),
]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(database_url)
    yield made
    made.dispose()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


def test_migrations_and_models_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        assert differences(connection) == []
        assert is_current(connection)


def test_the_way_back_and_forth_ends_where_it_began(bare_database_url: str) -> None:
    engine = create_engine(bare_database_url)
    try:
        upgrade(bare_database_url)
        downgrade(bare_database_url, "base")
        assert set(inspect(engine).get_table_names()) == {"alembic_version"}
        upgrade(bare_database_url)
        with engine.connect() as connection:
            assert differences(connection) == []
    finally:
        engine.dispose()


def test_migrating_what_is_migrated_changes_nothing(database_url: str, engine: Engine) -> None:
    upgrade(database_url)
    with engine.connect() as connection:
        assert is_current(connection)


@pytest.mark.parametrize(("table", "name", "values"), CHECKS, ids=[check[1] for check in CHECKS])
def test_the_database_allows_exactly_the_values_of_the_enum(
    engine: Engine, table: str, name: str, values: type[StrEnum]
) -> None:
    texts = {check["name"]: check["sqltext"] for check in inspect(engine).get_check_constraints(table)}
    assert set(re.findall(r"'([a-z_]+)'", texts[name])) == {value.value for value in values}


def test_migrations_are_numbered_in_sequence() -> None:
    files = sorted(MIGRATIONS.glob("versions/*.py"))
    numbers = [path.name[:4] for path in files]
    assert numbers == [f"{number:04}" for number in range(1, len(files) + 1)]
    for path, number, before in zip(files, numbers, [None, *numbers], strict=False):
        text = path.read_text()
        assert re.search(r'^revision = "(\d{4})"$', text, re.MULTILINE)[1] == number
        assert f"down_revision = {before!r}".replace("'", '"') in text
        assert re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", path.name)
