"""Rounds over what may be stuck."""

import dramatiq
from flask import current_app

from app.core.queue import ActorName, QueueName
from app.generation.sweep import sweep as sweep_images
from app.publishing.nightly import run_nightly
from app.publishing.removals import remove_objects as remove_due_objects
from app.publishing.sweep_round import sweep_pages


@dramatiq.actor(actor_name=ActorName.SWEEP, queue_name=QueueName.CONTROL, time_limit=300_000)
def sweep() -> None:
    try:
        heartbeat = current_app.extensions["heartbeat"]
        sweep_images(may_recover=heartbeat.trusted, even_seconds=heartbeat.even_seconds)
    finally:
        sweep_pages()


@dramatiq.actor(actor_name=ActorName.REMOVE_OBJECTS, queue_name=QueueName.CONTROL, time_limit=600_000)
def remove_objects() -> None:
    """Remove from the store what nothing refers to any more. A sweep sends what is lost here again."""
    remove_due_objects()


@dramatiq.actor(actor_name=ActorName.NIGHTLY, queue_name=QueueName.STORE, time_limit=1_800_000)
def nightly() -> None:
    """Empty the trash and compare the store with the rows, once a night however often it is asked for."""
    run_nightly()
