"""The generator categories a picture can be listed under; each catalogue model names the one it belongs to."""

from app.providers.catalogue import Catalogue

GENERATORS = (
    "Midjourney",
    "DALL-E",
    "Stable Diffusion",
    "Flux",
    "Imagen",
    "Adobe Firefly",
    "Ideogram",
    "Leonardo",
    "Other",
)


def generators(catalogue: Catalogue) -> tuple[str, ...]:
    """All categories, with those that only an extra catalogue file names before the last one, Other."""
    further = sorted({model.generator for model in catalogue.models} - set(GENERATORS))
    return (*GENERATORS[:-1], *further, GENERATORS[-1])
