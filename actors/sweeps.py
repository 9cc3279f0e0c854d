"""Rounds over what may be stuck."""

import dramatiq
from flask import current_app

from app.core.queue import ActorName, QueueName
from app.generation.sweep import sweep as sweep_images
from app.publishing.sweep_pages import send_stuck_pages


@dramatiq.actor(actor_name=ActorName.SWEEP, queue_name=QueueName.CONTROL, max_age=30_000, time_limit=300_000)
def sweep() -> None:
    try:
        sweep_images(may_recover=current_app.extensions["heartbeat"].trusted)
    finally:
        send_stuck_pages()
