"""What storing a picture asks of the database."""

from app.generation.run import generate_image
from app.generation.store import store_image
from tests.services.engine import Engine
from tests.services.provider import MakeOpenAIJob
from tests.services.statements import statements


def test_the_asset_is_read_once_and_not_again_while_the_picture_is_worked_on(
    engine: Engine, openai_job: MakeOpenAIJob
) -> None:
    (image_id,) = engine.dispatched(openai_job(1))
    generate_image(image_id, engine.process_id, limiter_key="test")

    with statements() as seen:
        assert store_image(image_id, engine.process_id)

    assert len([each for each in seen if each.startswith("SELECT") and "assets" in each]) == 1, seen
