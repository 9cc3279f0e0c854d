"""Palettes: what the words of a prompt say about light, season and colour."""

from dataclasses import dataclass, replace
from random import Random

from app.providers.painting.colour import Colour, from_hex, lightness, mix, shift


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one mood. `tones` go from far and light to near and dark; `kin` is the name of a mood that is near."""

    name: str
    kin: str
    sky_top: Colour
    sky_low: Colour
    tones: tuple[Colour, ...]
    accent: Colour
    light: Colour
    paper: Colour
    ink: Colour

    @property
    def dark(self) -> bool:
        """Whether the sky of this mood is a dark one."""
        return lightness(self.sky_top) < 0.5

    def tone(self, depth: float) -> Colour:
        """The tone at a depth from 0 (far, light) to 1 (near, dark), between the given ones."""
        place = min(1.0, max(0.0, depth)) * (len(self.tones) - 1)
        index = min(int(place), len(self.tones) - 2)
        return mix(self.tones[index], self.tones[index + 1], round(place - index, 3))

    def turned(self, rng: Random) -> "Palette":
        """The same mood a little later or earlier: all hues turned together, accents swapped now and then."""
        hue, chroma = rng.uniform(-13, 13), rng.uniform(0.92, 1.1)
        moved = tuple(shift(tone, hue=hue, chroma=chroma) for tone in self.tones)
        return replace(
            self,
            sky_top=shift(self.sky_top, hue=hue * 1.4, lightness=rng.uniform(-0.04, 0.03)),
            sky_low=shift(self.sky_low, hue=hue, chroma=chroma),
            tones=moved,
            accent=shift(self.accent, hue=rng.uniform(-16, 16)),
        )


def _palette(name: str, kin: str, colours: str) -> Palette:
    """Eleven hex colours: sky top and low, five tones, accent, light, paper, ink."""
    top, low, *rest = (from_hex(text) for text in colours.split())
    *tones, accent, light, paper, ink = rest
    return Palette(name, kin, top, low, tuple(tones), accent, light, paper, ink)


_ALL = (
    _palette("dawn", "lavender", "92aec6 fbd9bd ebbda3 cb8f86 8f6b7a 5a4a63 312d49 f2784b fff1d6 fbf1e4 2a2740"),
    _palette("dusk", "candle", "3b2e5a f58a5b e0736a a94c6b 6e3a66 43295a 221a3d ffc45e ffe3a8 fff0df 1e1734"),
    _palette("night", "aurora", "0b1330 2f4b7c 456a9a 2a4670 1d3256 13223f 0a142a f6c85f fff3c9 e9eef6 0a1024"),
    _palette("storm", "ink", "39434d a8b5b8 8c9ca2 677a83 475962 2f3f48 1b272f e9b44c fff0c2 edefea 172026"),
    _palette("autumn", "clay", "eecb9b fbefdc e8a858 d0703b a6432d 6e2f2a 3b1f22 2f7a78 fff3d6 faf0e0 2e1a1c"),
    _palette("spring", "pastel", "b4dfe6 fdf3e7 c9dfa8 93c08a 5a9a78 35706a 1f4650 f28fa5 fffbe6 fbf8ee 1d3a43"),
    _palette("summer", "ocean", "4fb3d9 fdefc3 f6d365 7cc6a4 3e9c94 22718a 164863 f25f4c fff6cf fff9ea 12384f"),
    _palette("winter", "night", "a3bedb f1f5fa d5e2ee aac3d9 7a9bbb 4e7097 28456a d95d5d ffffff f5f8fb 1b3152"),
    _palette("desert", "autumn", "f3bb8c fce9cf f0b27a de8a57 bf6244 8a4239 4e2a30 2a9d8f fff5de fcf1e2 3c2026"),
    _palette("ocean", "summer", "a9dbe2 f4f4e4 8cc7cb 4fa3b0 2b7a92 1b5674 123652 f4845f fff8e1 f3f7f2 0f2c44"),
    _palette("forest", "emerald", "cfe0cb f6f1dc b4c9a3 83a67f 547f62 30594b 193934 e0a03c fff8dc f5f3e6 132c29"),
    _palette("pastel", "spring", "f5cddb fdf3e3 f4b9c6 b8c0e6 93cdc6 7c7fb8 4b4a7a ff8a6b fffdf2 fdf5ee 3b3a66"),
    _palette("ink", "sepia", "cfcdc8 f3f1ec bdbab3 8e8b85 62605c 3d3c3a 1c1c1c d2452d fffdf8 f2efe8 161616"),
    _palette("clay", "desert", "e3d2bd f6efe5 e3b79a c98263 a85b44 6f4a3f 3a2e2b 4a7c6f fff8ec f6ede1 302623"),
    _palette("neon", "night", "12082b 5b1a74 a8359f 6a2796 3c207f 1f1658 0e0a2e 1fe0d0 ff7ac0 f3e9ff 0c0724"),
    _palette("primary", "summer", "e9dcc0 f6f0e2 f2b632 d8412f 1f5aa6 26466d 1d1d1f d8412f fffaf0 f3ebda 1b1b1b"),
    _palette("sepia", "clay", "dbc69f f4e9d3 cfb58a ae8c5f 86643f 5b422c 33251b 9c4230 fff6e0 f3e8d2 2b1f16"),
    _palette("lavender", "dawn", "b9b2df f8eaf0 c9b6de 9e8ac4 7566a3 4f4680 2d2a54 f3b14b fff6ea f7f2f7 28244b"),
    _palette("emerald", "forest", "0f4c4a 8fc9a2 5aab86 2f7f69 1c6056 114543 0a2c2e f9a03f ffe9a8 eef4e6 0a2527"),
    _palette("candle", "dusk", "3a1f1c d07a34 c46d38 964a2b 672f24 43201d 271415 ffcb69 ffe9b5 fbebd0 21100f"),
    _palette("aurora", "emerald", "0a1a33 1f6f6b 33977f 24626f 1d4258 142b42 0b1a2c 8bf0b8 e2ffe9 e8f4f0 081425"),
)

PALETTES = {palette.name: palette for palette in _ALL}

WORDS = {
    "dawn": "dawn sunrise morning daybreak early breakfast",
    "dusk": "dusk sunset evening twilight golden sundown copper",
    "night": "night midnight moon moonlit moonlight stars starry indigo nocturne",
    "storm": "storm stormy rain rainy overcast thunder cloudy grey gray wet gloomy",
    "autumn": "autumn autumnal fall october november harvest orange rust",
    "spring": "spring april may blossom fresh meadow garden",
    "summer": "summer july august sunny tropical holiday noon bright beach",
    "winter": "winter snow snowy frost frosty ice icy arctic december january cold",
    "desert": "desert sahara sand dune dunes arid canyon mars peach",
    "ocean": "ocean sea turquoise teal blue underwater reef aqua cyan lagoon",
    "forest": "forest woodland moss mossy sage olive pine green fern",
    "pastel": "pastel candy pink nursery soft kawaii cute rose children childrens",
    "ink": "ink monochrome black white minimal minimalist charcoal woodcut linocut etching noir",
    "clay": "clay terracotta ceramic earthy earthen pottery brown stoneware adobe",
    "neon": "neon cyberpunk synthwave futuristic electric magenta arcade vaporwave",
    "primary": "bauhaus primary poster constructivist geometric mondrian jazz swiss modernist",
    "sepia": "sepia vintage antique retro nostalgic old victorian parchment map",
    "lavender": "lavender violet purple lilac provence dreamy mauve dream",
    "emerald": "emerald jungle rainforest lush botanical tropics deep jade",
    "candle": "candle candlelight lamplight lamp warm fire firelight cosy cozy lantern hearth",
    "aurora": "aurora borealis polar northern bioluminescent glowing mint cosmic",
}
_BY_WORD = {word: name for name, words in WORDS.items() for word in words.split()}
# A word that names the light itself says more than one that names a thing in it.
_STRONG = frozenset(
    {"warm", "night", "midnight", "moon", "moonlit", "dusk", "sunset", "storm", "autumn", "winter", "neon", "pastel"}
    | {"sepia", "monochrome", "candlelight"}
)


def choose_palette(words: list[str], fallback: tuple[str, ...], theme: Random, rng: Random) -> Palette:
    """The mood a prompt asks for; `theme` knows the prompt only, `rng` also the seed.

    Two pictures in three have the prompt's first mood, the third its second one or else the next one to it, so that
    variations differ and belong together. Without any word about light the motif's own moods in `fallback` are used.
    """
    scores: dict[str, float] = {}
    for word in words:
        if name := _BY_WORD.get(word):
            scores[name] = scores.get(name, 0) + (2 if word in _STRONG else 1)
    first, *others = sorted(scores, key=lambda name: -scores[name]) or [theme.choice(fallback)]
    second = others[0] if others else PALETTES[first].kin
    return PALETTES[first if rng.random() < 0.66 else second].turned(rng)
