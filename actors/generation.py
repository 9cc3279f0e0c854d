"""From a queued image to a completed one."""

from datetime import datetime
from typing import Any
from uuid import UUID

import dramatiq
from dramatiq.middleware import CurrentMessage
from flask import current_app

from app.core.queue import ActorName, QueueName
from app.generation.ask import ask_for_dispatch
from app.generation.dispatch import dispatch as dispatch_images
from app.generation.remote_answers import poll
from app.generation.remote_polls import send_due_polls
from app.generation.run import generate_image as make_image
from app.generation.store import store_image as complete_image

CALL_MILLISECONDS = 15 * 60 * 1000
"""Above every call's time-out: the time limit must never end a call that is being paid for."""


@dramatiq.actor(actor_name=ActorName.DISPATCH, queue_name=QueueName.CONTROL, time_limit=60_000)
def dispatch() -> None:
    dispatch_images()


@dramatiq.actor(
    actor_name=ActorName.GENERATE_IMAGE, queue_name=QueueName.GENERATE, time_limit=CALL_MILLISECONDS, rate_limit=True
)
def generate_image(image_id: str) -> None:
    message = CurrentMessage.get_current_message()
    options: dict[str, Any] = message.options if message else {"limiter_key": "", "epoch": None}
    process_id = current_app.extensions["process_id"]
    make_image(UUID(image_id), process_id, limiter_key=options["limiter_key"], epoch=options["epoch"])
    ask_for_dispatch()


@dramatiq.actor(actor_name=ActorName.POLL_REMOTE_JOBS, queue_name=QueueName.CONTROL, time_limit=60_000)
def poll_remote_jobs() -> None:
    send_due_polls()


@dramatiq.actor(actor_name=ActorName.POLL_REMOTE_JOB, queue_name=QueueName.GENERATE, time_limit=CALL_MILLISECONDS)
def poll_remote_job(attempt_id: str) -> None:
    message = CurrentMessage.get_current_message()
    if message and poll(UUID(attempt_id), datetime.fromisoformat(message.options["mark"])):
        ask_for_dispatch()


@dramatiq.actor(actor_name=ActorName.STORE_IMAGE, queue_name=QueueName.STORE, time_limit=300_000)
def store_image(image_id: str) -> None:
    complete_image(UUID(image_id), current_app.extensions["process_id"])
