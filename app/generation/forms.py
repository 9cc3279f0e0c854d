"""The form of a new job: everything as it was typed, so that nothing is lost however often the form comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID, uuid4

from app.core.errors import UnknownModel
from app.generation.choices import first_usable, fitting_quality, fitting_size
from app.generation.input_modes import InputMode, convert, join, split
from app.generation.models import Image
from app.generation.studio import Studio
from app.prompts.check import remove_duplicates

MOST_IMAGES_PER_PROMPT = 10


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the fields. All text, also where a number is asked for."""

    form_token: str
    mode: InputMode = InputMode.PASTE
    prompts: str = ""
    model: str = ""
    quality: str = "medium"
    size: str = "1024x1024"
    images_per_prompt: str = "1"
    visibility: str = "public"
    priority: str = "normal"
    default_mark: str = "none"
    """What new pictures start as: none, or keep."""
    generator: str = ""
    """Empty: the model's own category."""
    character_description: str = ""
    fallback_prompt: str = ""
    title: str = ""
    remixed: str = ""
    """The image the form was filled like, if any: what is typed into it is kept apart from other drafts."""

    @classmethod
    def empty(cls, studio: Studio) -> Self:
        """A new form with a token of its own and the first usable model's proposals."""
        blank = cls(form_token=str(uuid4()))
        try:
            model = first_usable(studio)
        except UnknownModel:
            return blank
        return replace(blank, model=model.id).fitted(studio)

    @classmethod
    def like(cls, image: Image, studio: Studio) -> Self:
        """The form of one more picture like this one: its own prompt and model, and what its job says of the rest."""
        job = image.job
        return cls(
            form_token=str(uuid4()),
            prompts=image.prompt_typed,
            model=image.model,
            quality=image.quality,
            size=f"{image.width}x{image.height}",
            visibility=job.visibility,
            default_mark=job.default_mark,
            generator=job.generator,
            character_description=job.character_description,
            fallback_prompt=job.fallback_prompt,
            remixed=str(image.id),
        ).fitted(studio)

    @classmethod
    def read(cls, form: Mapping[str, str]) -> Self:
        """The form as it was sent. Fields that are missing keep their defaults; line ends become plain ones.

        Zero characters, which nobody types and databases refuse, are left out.
        """
        sent = {name: form[name].replace("\0", "") for name in FIELDS if name in form}
        mode = InputMode.LINES if form.get("mode") == InputMode.LINES else InputMode.PASTE
        prompts = form.get("prompts", "").replace("\r\n", "\n")
        return cls(form_token=_token(form.get("form_token", "")), mode=mode, prompts=prompts, **sent)

    @property
    def prompt_list(self) -> list[str]:
        return split(self.mode, self.prompts)

    @property
    def count(self) -> int | None:
        """Images per prompt, or None when what was typed is not 1 to 10."""
        text = self.images_per_prompt.strip()
        number = int(text) if text.isascii() and text.isdigit() else 0
        return number if 1 <= number <= MOST_IMAGES_PER_PROMPT else None

    @property
    def fields(self) -> dict[str, str]:
        """Every field as a form sends it."""
        return {name: getattr(self, name) for name in ("form_token", "mode", "prompts", *FIELDS)}

    def fitted(self, studio: Studio) -> Self:
        """With a quality and a size that the model supports: kept where they do, else the nearest."""
        try:
            model = studio.catalogue.model(self.model)
        except UnknownModel:
            return self
        return replace(self, quality=fitting_quality(model, self.quality), size=str(fitting_size(model, self.size)))

    def converted(self) -> Self:
        """The prompts, typed the other way before, now as the mode says."""
        return replace(self, prompts=convert(self.prompts, to=self.mode))

    def without_duplicates(self) -> tuple[Self, int]:
        """Without later repetitions, and how many those were."""
        kept, removed = remove_duplicates(self.prompt_list)
        return (replace(self, prompts=join(self.mode, kept)) if removed else self), removed


FIELDS = (
    "model",
    "quality",
    "size",
    "images_per_prompt",
    "visibility",
    "priority",
    "default_mark",
    "generator",
    "character_description",
    "fallback_prompt",
    "title",
    "remixed",
)


def _token(text: str) -> str:
    """The form's token; a new one for what is none, so that it can never clash with another's."""
    try:
        return str(UUID(text))
    except ValueError:
        return str(uuid4())
