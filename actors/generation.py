"""From a queued image to a completed one."""

from uuid import UUID

import dramatiq
from dramatiq.middleware import CurrentMessage
from flask import current_app

from app.core.queue import ActorName, QueueName
from app.generation.ask import ask_for_dispatch
from app.generation.dispatch import dispatch as dispatch_images
from app.generation.run import generate_image as make_image
from app.generation.store import store_image as complete_image

CALL_MILLISECONDS = 15 * 60 * 1000
"""Above every call's time-out: the time limit must never end a call that is being paid for."""


@dramatiq.actor(actor_name=ActorName.DISPATCH, queue_name=QueueName.CONTROL, max_age=10_000, time_limit=60_000)
def dispatch() -> None:
    dispatch_images()


@dramatiq.actor(
    actor_name=ActorName.GENERATE_IMAGE, queue_name=QueueName.GENERATE, time_limit=CALL_MILLISECONDS, rate_limit=True
)
def generate_image(image_id: str) -> None:
    message = CurrentMessage.get_current_message()
    limiter_key = message.options["limiter_key"] if message else ""
    make_image(UUID(image_id), current_app.extensions["process_id"], limiter_key=limiter_key)
    ask_for_dispatch()


@dramatiq.actor(actor_name=ActorName.STORE_IMAGE, queue_name=QueueName.STORE, time_limit=300_000)
def store_image(image_id: str) -> None:
    complete_image(UUID(image_id), current_app.extensions["process_id"])
