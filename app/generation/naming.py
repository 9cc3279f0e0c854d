"""How a job is called when nobody gave it a name, and how its answers are worded."""

from collections.abc import Sequence
from datetime import datetime

from app.core.clock import utc_now
from app.core.filters import clip, plural
from app.generation.control import Cancelled, Stopped


def default_title(prompts: Sequence[str], *, today: datetime | None = None) -> str:
    """The beginning of the first prompt and the date: `A lighthouse keeper reading… · 20 Nov 2026`."""
    day = (today or utc_now()).strftime("%-d %b %Y")
    return f"{clip(prompts[0], 60)} · {day}" if prompts else day


def cancelled_sentence(answer: Cancelled) -> str:
    """What a person wants to know after cancelling: what will not be made, what stays."""
    sentence = f"{plural(answer.cancelled, 'image')} cancelled, {plural(answer.preserved, 'image')} preserved."
    if answer.in_flight:
        sentence += f" {plural(answer.in_flight, 'image')} still on the way will be kept too."
    return sentence


def stopped_sentence(answer: Stopped) -> str:
    """What will not be made after a stop, and what still comes."""
    if not answer.cancelled:
        return "Nothing more to stop: every prompt that is left has begun."
    sentence = f"{plural(answer.cancelled, 'image')} cancelled."
    if answer.to_come:
        come = "comes" if answer.to_come == 1 else "come"
        sentence += f" {plural(answer.to_come, 'image')} of prompts that have begun still {come}."
    return sentence
