"""What stands above the sheet: the choices of its filters, and which of them are in force."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy import select

from app.core.database import db
from app.core.filters import plural
from app.curation.progress import Failure
from app.curation.sheet_filter import SheetFilter
from app.curation.tile import STATE_WORDS
from app.generation.failures import failure_words
from app.generation.models import Image, Job
from app.generation.states import ImageState, Mark

Choices = Sequence[tuple[str, str]]

ANY = ("", "any")
STATES: Choices = (ANY, *((str(state), words.lower()) for state, words in STATE_WORDS.items()))
MARKS: Choices = (ANY, (Mark.KEEP, "kept"), (Mark.REJECT, "rejected"), (Mark.NONE, "unmarked"))
RATINGS: Choices = (ANY, *((str(stars), f"at least {plural(stars, 'star')}") for stars in range(1, 6)))
SHARPNESS: Choices = (ANY, ("sharp", "the sharpest quarter"), ("soft", "the softest quarter"))
SORTS: Choices = (
    ("order", "as typed"),
    ("newest", "newest first"),
    ("sharpest", "sharpest first"),
    ("softest", "softest first"),
    ("rating", "most stars first"),
)
STACKS: Choices = (("none", "none"), ("prompt", "one per prompt"), ("similar", "similar pictures"))


@dataclass(frozen=True, slots=True)
class Active:
    """A filter in force: its words, and the address of the sheet without it."""

    words: str
    without: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Toolbar:
    """The filters of a sheet. `matching` is how many images they leave of the job's `total`."""

    shown: SheetFilter
    matching: int
    total: int
    last_prompt: int
    """The number of the last prompt there ever was, also when some before it are gone for good."""
    active: Sequence[Active]
    errors: Choices
    models: Choices

    @property
    def fields(self) -> Sequence[tuple[str, str, Choices, str]]:
        """Label, name, choices and value of what is chosen from a list; a list without a choice is left out."""
        shown = self.shown
        lists: list[tuple[str, str, Choices, Any]] = [
            ("State", "state", STATES, shown.state),
            ("Mark", "mark", MARKS, shown.mark),
            ("Failure", "error", self.errors, shown.error),
            ("Model", "model", self.models, shown.model),
            ("Rating", "rating", RATINGS, shown.rating or ""),
            ("Sharpness", "sharp", SHARPNESS, shown.sharp),
            ("Sort", "sort", SORTS, shown.sort),
            ("Stacks", "stack", STACKS, shown.stack),
        ]
        return [(label, name, choices, str(value)) for label, name, choices, value in lists if len(choices) > 1]

    @property
    def without_filters(self) -> Mapping[str, Any]:
        """The address of the sheet with its chip alone."""
        return SheetFilter(show=self.shown.show).to_args()


def read_toolbar(job: Job, shown: SheetFilter, *, matching: int, failures: Iterable[Failure]) -> Toolbar:
    return Toolbar(
        shown=shown,
        matching=matching,
        total=job.total_images,
        last_prompt=ceil((job.total_images + job.purged_count) / job.images_per_prompt),
        active=list(_active(shown)),
        errors=_named([ANY, *((failure.kind, failure.words.lower()) for failure in failures)], shown.error),
        models=_named([ANY, *((model, model) for model in _models(job))], shown.model),
    )


def _named(choices: list[tuple[str, str]], value: str) -> Choices:
    """The choices, and among them the one in force although nothing has it any more."""
    known = {name for name, _ in choices}
    return choices if value in known else [*choices, (value, failure_words(value).lower())]


def _active(shown: SheetFilter) -> Iterator[Active]:
    defaults = SheetFilter()
    for name, words in _words(shown).items():
        if getattr(shown, name) != getattr(defaults, name):
            yield Active(words, shown.to_args(**{name: getattr(defaults, name)}))


def _words(shown: SheetFilter) -> dict[str, str]:
    return {
        "q": f"“{shown.q}”",
        "state": STATE_WORDS[ImageState(shown.state)].lower() if shown.state else "",
        "mark": dict(MARKS)[shown.mark],
        "error": failure_words(shown.error).lower(),
        "prompt": f"prompt {shown.prompt}",
        "model": shown.model,
        "rating": f"at least {plural(shown.rating, 'star')}",
        "sharp": dict(SHARPNESS)[shown.sharp],
        "sort": dict(SORTS)[shown.sort],
        "stack": f"stacks: {dict(STACKS)[shown.stack]}",
    }


def _models(job: Job) -> list[str]:
    """The job's model, and those that single images were sent to instead."""
    other = select(Image.model).where(Image.job_id == job.id, Image.rerouted).distinct()
    return sorted({job.model, *db.session.scalars(other)})
