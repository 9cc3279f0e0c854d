"""The first job of a new workspace: it costs nothing and shows how everything works."""

from uuid import uuid4

from app.generation.choices import demo_model
from app.generation.forms import Filled
from app.generation.input_modes import InputMode, join
from app.generation.studio import Studio

PROMPTS = (
    "A lighthouse keeper reading by lamplight while a storm bends the glass, oil on board, warm palette",
    "Isometric kitchen in cut paper, morning light through the window, no people",
    "Bauhaus poster for an imaginary jazz festival in Lisbon, three colours, heavy grain",
    "Macro photograph of frost on a red mailbox, shallow depth of field, overcast",
    "Terraced tea fields at dawn, ink wash with one stroke of vermilion",
    "A cargo bicycle loaded with houseplants, flat illustration, late summer",
)


def example(studio: Studio) -> Filled | None:
    """The example as a filled form, or None when the catalogue has no model that costs nothing."""
    model = demo_model(studio)
    if model is None:
        return None
    return Filled(
        form_token=str(uuid4()),
        prompts=join(InputMode.PASTE, PROMPTS),
        model=model.id,
        images_per_prompt="2",
        visibility="private",
        title="Example: six prompts, two pictures of each",
    ).fitted(studio)
