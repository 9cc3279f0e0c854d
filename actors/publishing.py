"""Pages. Each actor is one call into a use case."""

from uuid import UUID

import dramatiq

from app.core.queue import ActorName, QueueName
from app.publishing import create_page as use_case
from app.publishing import name_pictures as name_use_case


@dramatiq.actor(actor_name=ActorName.CREATE_PAGE, queue_name=QueueName.PUBLISH, time_limit=120_000)
def create_page(page_id: str) -> None:
    """Have the writer describe one page. A sweep sends what is lost here again."""
    use_case.create_page(UUID(page_id))


@dramatiq.actor(actor_name=ActorName.NAME_PICTURES, queue_name=QueueName.PUBLISH, time_limit=300_000)
def name_pictures(page_id: str) -> None:
    """Bring the public copies of a page's picture to where its state wants them. A sweep sends again what is lost."""
    name_use_case.name_pictures(UUID(page_id))
