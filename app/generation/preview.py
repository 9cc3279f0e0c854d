"""What a form would start: its prompts with their problems, what it costs, how long it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from app.core.errors import UnknownModel
from app.core.filters import number, plural
from app.generation.choices import priced_qualities
from app.generation.forms import MOST_IMAGES_PER_PROMPT, Filled
from app.generation.naming import default_title
from app.generation.pricing import Estimate, estimate
from app.generation.priority import PRIORITIES
from app.generation.states import START_MARKS, Mark
from app.generation.studio import Studio
from app.generation.submit import NewJob
from app.generation.switches import paused_sentence
from app.prompts.check import Checked, check_prompts
from app.prompts.combine import combine
from app.prompts.split import first_line
from app.providers.catalogue import Model, Size

SHOWN = 50
"""How many prompts, and how many prompts with problems, are shown: long lists have to stay quick."""


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt as the list shows it."""

    number: int
    text: str
    problems: Sequence[str]
    advice: Sequence[str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence about the form; `field` is the name of the field it belongs to."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything the page says about a filled form. `model` is None when the catalogue does not have it."""

    filled: Filled
    prompts: Sequence[str]
    model: Model | None
    checked: Checked
    problems: Sequence[Problem]
    estimate: Estimate | None

    @property
    def startable(self) -> bool:
        return self.checked.ok and not self.problems

    @property
    def paused(self) -> str | None:
        """Why the job would begin paused; None when it would begin at once."""
        return paused_sentence(self.model.id) if self.model else None

    @property
    def images(self) -> int:
        return len(self.prompts) * (self.filled.count or 0)

    @property
    def prices_of(self) -> str:
        """The day of the prices, `20 Nov 2026`."""
        return self.estimate.prices_as_of.strftime("%-d %b %Y") if self.estimate else ""

    @property
    def lines(self) -> list[Line]:
        """In order if all fit; else those with problems first, so that none is out of sight, then the first ones."""
        numbers = range(1, len(self.prompts) + 1)
        if len(self.prompts) <= SHOWN:
            return [self._line(number) for number in numbers]
        bad = list(self.checked.problems)[:SHOWN]
        return [self._line(number) for number in dict.fromkeys([*bad, *numbers[:SHOWN]])]

    @property
    def unseen(self) -> int:
        """How many prompts are not among the lines."""
        return len(self.prompts) - len(self.lines)

    @property
    def combined(self) -> str | None:
        """The first prompt as it will be sent, when a character description comes before it."""
        first = next((prompt for prompt in self.prompts if prompt), None)
        if not (first and self.filled.character_description.strip()):
            return None
        return combine(self.filled.character_description, first)

    @property
    def unlisted_problems(self) -> int:
        """How many prompts with problems are not among the lines."""
        return len(self.checked.problems) - sum(bool(line.problems) for line in self.lines)

    @property
    def quality_choices(self) -> list[tuple[str, str]]:
        return [(quality, quality.capitalize()) for quality in (priced_qualities(self.model) if self.model else ())]

    @property
    def size_choices(self) -> list[tuple[str, str]]:
        """The sizes by their shape; by their pixels where two have the same."""
        sizes = self.model.sizes if self.model else ()
        shapes = [shape(size) for size in sizes]
        return [
            (str(size), text if shapes.count(text) == 1 else f"{text} · {size.width}")
            for size, text in zip(sizes, shapes, strict=True)
        ]

    def category_choices(self, generators: Sequence[str]) -> list[tuple[str, str]]:
        by_model = f"By the model: {self.model.generator}" if self.model else "By the model"
        return [("", by_model), *((generator, generator) for generator in generators)]

    def sentences(self, field: str) -> list[str]:
        """The problems of one field."""
        return [problem.sentence for problem in self.problems if problem.field == field]

    def _line(self, number: int) -> Line:
        problems, advice = self.checked.problems.get(number, ()), self.checked.advice.get(number, ())
        return Line(number, first_line(self.prompts[number - 1], 160), problems, advice)


def shape(size: Size) -> str:
    """The aspect ratio, `3:2`."""
    common = gcd(size.width, size.height)
    return f"{size.width // common}:{size.height // common}"


def preview(studio: Studio, filled: Filled) -> Preview:
    """Look at a filled form. Raises nothing for what a person may have typed."""
    prompts = filled.prompt_list
    model = _model(studio, filled.model)
    checked = check_prompts(
        prompts,
        character_description=filled.character_description,
        max_chars=model.max_prompt_chars if model else 32_000,
        blocked_words=studio.blocked_words,
    )
    problems = [*_prompts_problems(studio, filled, prompts), *_settings_problems(studio, filled, model)]
    return Preview(filled, prompts, model, checked, problems, _estimate(studio, filled, model, len(prompts)))


def order_of(seen: Preview) -> NewJob:
    """The job of a form without problems."""
    filled, model = seen.filled, seen.model
    if model is None or filled.count is None:
        raise ValueError("the form has problems")
    size = model.size(filled.size)
    return NewJob(
        title=filled.title.strip() or default_title(seen.prompts),
        prompts=tuple(seen.prompts),
        model=model.id,
        quality=filled.quality,
        width=size.width,
        height=size.height,
        images_per_prompt=filled.count,
        visibility=filled.visibility,
        priority=PRIORITIES[filled.priority],
        default_mark=Mark(filled.default_mark),
        generator=filled.generator or model.generator,
        character_description=filled.character_description.strip(),
        fallback_prompt=filled.fallback_prompt.strip(),
        form_token=filled.form_token,
    )


def _model(studio: Studio, model_id: str) -> Model | None:
    try:
        return studio.catalogue.model(model_id)
    except UnknownModel:
        return None


def _prompts_problems(studio: Studio, filled: Filled, prompts: Sequence[str]) -> list[Problem]:
    if not prompts:
        return [Problem("prompts", "Type at least one prompt.")]
    images, most = len(prompts) * (filled.count or 0), studio.settings.images_per_job
    if images > most:
        sentence = f"This job would have {plural(images, 'image')}; one job can have {number(most)} at most."
        return [Problem("prompts", f"{sentence} Remove prompts, or make fewer images of each.")]
    return []


def _settings_problems(studio: Studio, filled: Filled, model: Model | None) -> list[Problem]:
    problems = []
    if model is None:
        problems.append(Problem("model", "Choose a model."))
    else:
        problems += _model_problems(studio, filled, model)
    if filled.count is None:
        problems.append(Problem("images_per_prompt", f"Images per prompt must be 1 to {MOST_IMAGES_PER_PROMPT}."))
    if filled.visibility not in {"public", "private"}:
        problems.append(Problem("visibility", "Choose public or private."))
    if filled.priority not in PRIORITIES:
        problems.append(Problem("priority", "Choose low, normal or urgent."))
    if filled.default_mark not in START_MARKS:
        problems.append(Problem("default_mark", "New pictures start as unmarked or kept."))
    return problems


def _model_problems(studio: Studio, filled: Filled, model: Model) -> list[Problem]:
    if reason := studio.providers.usable(model):
        return [Problem("model", f"{model.label} cannot be used: {reason}.")]
    problems = []
    if filled.quality not in priced_qualities(model):
        problems.append(Problem("quality", f"{model.label} has no quality “{filled.quality}”."))
    if _size(model, filled.size) is None:
        problems.append(Problem("size", f"{model.label} does not make {filled.size or 'this size'}."))
    return [*problems, *_fallback_problems(studio, filled, model)]


def _fallback_problems(studio: Studio, filled: Filled, model: Model) -> list[Problem]:
    fallback = filled.fallback_prompt.strip()
    if not fallback:
        return []
    checked = check_prompts([fallback], max_chars=model.max_prompt_chars, blocked_words=studio.blocked_words)
    found = checked.problems.get(1, ())
    return [Problem("fallback_prompt", f"Fallback prompt: {sentence}") for sentence in found]


def _size(model: Model, text: str) -> Size | None:
    try:
        return model.size(text)
    except ValueError:
        return None


def _estimate(studio: Studio, filled: Filled, model: Model | None, prompts: int) -> Estimate | None:
    size = _size(model, filled.size) if model else None
    if model is None or size is None or filled.count is None:
        return None
    return estimate(studio, model, quality=filled.quality, size=size, images=prompts * filled.count)
