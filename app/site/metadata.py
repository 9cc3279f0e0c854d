"""What machines read about a page: lengths, alternative text, JSON-LD.

Titles and descriptions are data from outside: they are cut here and escaped where they are put into a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.generation.models import Asset
from app.publishing.models import Page
from app.publishing.snippet import alt_text, snippet

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
IN_SRCSET = ("thumb", "medium", "large")
"""The JPEGs, smallest first."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Absolute addresses a page's metadata needs; pictures by variant."""

    home: str
    page: str
    author: str
    generator: str
    pictures: dict[str, str]


@dataclass(frozen=True, slots=True)
class Metadata:
    title: str
    description: str
    alt: str
    canonical: str
    picture: str
    picture_width: int
    picture_height: int
    json_ld: list[dict[str, Any]]


def metadata_of(page: Page, addresses: Addresses) -> Metadata:
    """Everything for the head of a page. Lengths are those search engines show: 60, 155, 125 characters."""
    name, file = largest(page.asset)
    words = snippet(page.title, page.description, page.prompt, page.generator)
    return Metadata(
        title=words.title,
        description=words.description,
        alt=words.alt,
        canonical=addresses.page,
        picture=addresses.pictures[name],
        picture_width=int(file["width"]),
        picture_height=int(file["height"]),
        json_ld=[_image_object(page, addresses, name), _breadcrumbs(page, addresses)],
    )


def largest(asset: Asset) -> tuple[str, dict[str, Any]]:
    """Name and facts of the largest variant everybody may see."""
    name = next(each for each in (*reversed(IN_SRCSET), "webp") if each in asset.variants)
    return name, asset.variants[name]


def sources(asset: Asset, names: Sequence[str] = IN_SRCSET) -> Sequence[tuple[str, int, int]]:
    """Variants for `srcset` with width and height, smallest first; a width that comes twice is kept once."""
    present = [(name, asset.variants[name]) for name in reversed(names) if name in asset.variants]
    by_width = {int(file["width"]): (name, int(file["width"]), int(file["height"])) for name, file in present}
    return [by_width[width] for width in sorted(by_width)]


def wall_sources(asset: Asset) -> Sequence[tuple[str, int, int]]:
    """The sizes a wall of pictures needs."""
    return sources(asset, ("thumb", "medium"))


def _image_object(page: Page, addresses: Addresses, name: str) -> dict[str, Any]:
    file = page.asset.variants[name]
    return _without_empty(
        {
            "@context": "https://schema.org",
            "@type": "ImageObject",
            "@id": f"{addresses.page}#image",
            "name": page.title,
            "caption": alt_text(page.title, page.generator),
            "description": page.description,
            "contentUrl": addresses.pictures[name],
            "thumbnailUrl": addresses.pictures.get("thumb", addresses.pictures[name]),
            "encodingFormat": file["media_type"],
            "width": file["width"],
            "height": file["height"],
            "mainEntityOfPage": addresses.page,
            "representativeOfPage": True,
            "creator": {"@type": "Person", "name": page.author.display_name, "url": addresses.author},
            "creditText": f"{page.author.display_name}, made with {page.generator}",
            "datePublished": _moment(page.published_at),
            "dateModified": _moment(max(page.updated_at, page.published_at or page.updated_at)),
            "keywords": ", ".join(tag.name for tag in page.tags),
            "digitalSourceType": DIGITAL_SOURCE_TYPE,
        }
    )


def _breadcrumbs(page: Page, addresses: Addresses) -> dict[str, Any]:
    """The last step is the page itself and needs no address."""
    steps = [("Home", addresses.home), (f"{page.generator} prompts", addresses.generator), (page.title, None)]
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            _without_empty({"@type": "ListItem", "position": position, "name": name, "item": address})
            for position, (name, address) in enumerate(steps, start=1)
        ],
    }


def _moment(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "")}
