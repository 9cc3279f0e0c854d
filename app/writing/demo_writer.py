"""A writer that needs no key: it composes from the prompt's words and measures the picture's light. It says so."""

import re
from dataclasses import dataclass

from PIL import Image

from app.core.errors import UnreadablePicture
from app.imaging.decoding import decoded
from app.writing.interface import Brief, Failure, Unwritten, Written
from app.writing.limits import DESCRIPTION, TITLE, clean

WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}-][^\W_]+)*")
ARTICLES = frozenset({"a", "an", "the"})
SMALL = ARTICLES | {
    "and",
    "at",
    "by",
    "for",
    "from",
    "in",
    "into",
    "of",
    "on",
    "or",
    "over",
    "the",
    "to",
    "under",
    "with",
}
TITLE_WORDS = (5, 9)
TAGS_ASKED = 5
QUOTED_WORDS = 22
USES = {
    "square": "a cover or a social post",
    "wide": "a banner or an opening slide",
    "tall": "a poster or a phone background",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What can be measured: words for people."""

    shape: str
    warmth: str
    light: str


DEMO = "demo"
"""As whose words the text is marked."""


class DemoWriter:
    model = DEMO

    def write(self, brief: Brief) -> Written:
        """Deterministic. Raises Unwritten when the picture cannot be read."""
        look = _look_at(brief.picture)
        return Written(
            title=title_from(brief.prompt),
            description=_describe(brief.prompt, look),
            tags=_tags(brief, look),
            violations=(),
            relevance_score=0.5,
            relevance_explanation="The demo writer knows only the prompt and the colours: it cannot judge.",
            model=self.model,
        )


def title_from(prompt: str) -> str:
    """A title of five to nine words where the prompt has them, from its first clauses."""
    fewest, most = TITLE_WORDS
    words: list[str] = []
    for clause in re.split(r"[,.;:()\n]+", prompt):
        if len(words) >= fewest:
            break
        words += WORD.findall(clause)
    words = words[1:] if words and words[0].lower() in ARTICLES else words
    words = words[:most]
    while len(words) > fewest and words[-1].lower() in SMALL:
        words.pop()
    words += (
        ["a", "Picture", "Made", "from", "Words"][: max(0, fewest - len(words))] if words else ["Untitled", "Picture"]
    )
    return clean(" ".join(_capital(word, first=index == 0) for index, word in enumerate(words)), TITLE)


def _capital(word: str, *, first: bool) -> str:
    return word if word.lower() in SMALL and not first else word[:1].upper() + word[1:]


def _describe(prompt: str, look: Look) -> str:
    words = prompt.split()
    quoted = " ".join(words[:QUOTED_WORDS]).rstrip(" ,.;:") + ("…" if len(words) > QUOTED_WORDS else "")
    text = (
        f"A picture of this idea: {quoted}. The colours are {look.warmth} and {look.light}, and the frame is "
        f"{look.shape}, so it works well as {USES[look.shape]}. Tip: keep the subject of the prompt and change one "
        "thing at a time, such as the light or the material, to make a series that belongs together. This text comes "
        "from the demo writer, which reads the prompt and measures colours but cannot see what the picture shows."
    )
    return clean(text, DESCRIPTION)


def _tags(brief: Brief, look: Look) -> tuple[str, ...]:
    text = " ".join(WORD.findall(brief.prompt.lower()))
    named = [tag for tag in brief.known_tags if re.search(rf"\b{re.escape(tag.lower())}(?:s|es)?\b", text)]
    moods = {"warm": "warm colours", "cool": "calm", "bright": "bright", "dark": "dark", "muted": "soft light"}
    measured = [moods[word] for word in (look.warmth, look.light) if moods[word] in brief.known_tags]
    return tuple(dict.fromkeys([*named, *measured]))[:TAGS_ASKED]


def _look_at(picture: bytes) -> Look:
    try:
        with decoded(picture) as image:
            width, height = image.size
            red, _green, blue = _mean(image)
            light = sum(_mean(image)) / 3
    except UnreadablePicture as error:
        raise Unwritten(Failure.PICTURE, error.message) from error
    return Look(
        shape="square" if width == height else "wide" if width > height else "tall",
        warmth="warm" if red > blue else "cool",
        light="bright" if light > 160 else "dark" if light < 85 else "muted",
    )


def _mean(image: Image.Image) -> tuple[int, int, int]:
    red, green, blue = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes()
    return red, green, blue
