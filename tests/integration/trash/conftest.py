"""The trash on both databases, and on a folder and a bucket."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.core.errors import FailPointReached
from app.core.fail_points import Action, FailPoint, Failure, arm
from app.core.settings import Settings
from app.generation.studio import studio
from tests.services.completed import publish, publish_pages, set_writer

__all__ = ["publish", "publish_pages", "set_writer"]


@pytest.fixture(params=["folder", "bucket"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Pictures in a folder, or in a bucket of a store that speaks S3."""
    if request.param == "folder":
        return settings
    bucket = request.getfixturevalue("moto_s3")
    return settings.model_copy(update={"storage_url": bucket.storage_url("studio")})


@contextmanager
def dying(point: FailPoint, *, at: int = 1) -> Iterator[None]:
    """The block ends at this moment, as if its process had died there."""
    folder = studio().settings.data_dir
    (folder / "fail-points" / point).unlink(missing_ok=True)
    arm({point: Failure(action=Action.RAISE, at=at)}, folder)
    try:
        with pytest.raises(FailPointReached):
            yield
    finally:
        arm({}, folder)
