"""Which words of a prompt ask for which motif."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from app.providers.painting.motifs import animals, city, figure, land, pattern, plants, poster, rooms, sky, table, water
from app.providers.painting.scene import Scene


@dataclass(frozen=True, slots=True)
class Motif:
    """One kind of picture. `moods` are the palettes it takes when the prompt says nothing about light."""

    paint: Callable[[Scene], None]
    words: frozenset[str]
    moods: tuple[str, ...]
    abstract: bool = False


def _motif(paint: Callable[[Scene], None], moods: str, words: str, *, abstract: bool = False) -> Motif:
    return Motif(paint, frozenset(words.split()), tuple(moods.split()), abstract)


MOTIFS = (
    _motif(
        water.sea,
        "ocean dusk summer dawn",
        "sea ocean lighthouse coast coastal shore beach boat boats sail sailing sailboat ship harbour harbor island "
        "whale bay lake river sailor fisherman yacht regatta cliff cliffs lagoon pier",
    ),
    _motif(
        land.mountains,
        "winter dawn ocean lavender",
        "mountain mountains alpine alps peak peaks summit glacier everest himalaya ski skiing volcano fjord",
    ),
    _motif(
        land.hills,
        "dawn autumn forest lavender",
        "hill hills valley landscape countryside meadow field fields "
        "vineyard farm horizon mist misty fog foggy tuscany "
        "road path prairie highlands moor",
    ),
    _motif(land.dunes, "desert dusk clay", "desert dune dunes sahara sand camel oasis mars canyon arid namib"),
    _motif(
        land.forest,
        "forest winter autumn emerald",
        "forest forests wood woods woodland tree trees pine pines birch birches fir taiga grove bamboo cabin trunks",
    ),
    _motif(
        city.city,
        "night dusk neon storm",
        "city cities skyline street streets tokyo york "
        "manhattan downtown skyscraper skyscrapers metropolis urban alley "
        "cyberpunk rooftop rooftops bridge london berlin shanghai traffic",
    ),
    _motif(
        rooms.room,
        "spring clay summer pastel",
        "kitchen room interior bedroom livingroom apartment studio "
        "workshop bathroom dollhouse diorama cosy cozy sofa "
        "window office isometric bakery shop",
    ),
    _motif(
        rooms.blocks,
        "pastel desert summer clay",
        "village town houses house isometric castle architecture building buildings blocks lego minecraft market "
        "mediterranean tower towers temple santorini",
    ),
    _motif(rooms.library, "candle sepia autumn", "library book books bookshop bookstore shelf shelves novel bookcase"),
    _motif(
        table.still_life,
        "clay autumn sepia spring",
        "still vase vases bottle bottles fruit apple apples pear "
        "pears lemon lemons orange oranges food table coffee tea "
        "cup teapot wine bread cake breakfast bowl jug ceramic pottery product perfume soup pie candle",
    ),
    _motif(
        plants.botanical,
        "forest spring clay pastel",
        "botanical flower flowers plant plants herb herbs bouquet "
        "garden stem stems wildflower wildflowers rose roses "
        "tulip tulips poppy poppies blossom fern ferns herbarium daisy peony sunflower leaf",
    ),
    _motif(
        plants.leaves, "emerald forest summer", "jungle rainforest tropical leaves monstera foliage lush palm palms"
    ),
    _motif(
        poster.bauhaus,
        "primary clay summer ink",
        "bauhaus poster typographic typography geometric constructivist "
        "swiss jazz concert festival modernist mondrian "
        "graphic logo exhibition",
    ),
    _motif(
        poster.sunburst,
        "dusk summer primary desert",
        "sunburst sun rays retro surf sunshine travel circus summer record vinyl psychedelic",
        abstract=True,
    ),
    _motif(
        poster.arcs,
        "pastel clay spring lavender",
        "rainbow arch arches nursery arc arcs portal dreamlike playful toy toys children",
        abstract=True,
    ),
    _motif(
        pattern.flow,
        "ocean dusk aurora primary",
        "abstract flow flowing swirl brush strokes wind music "
        "dance energy motion fluid silk marble impressionist gogh dream",
        abstract=True,
    ),
    _motif(
        pattern.terrazzo,
        "clay pastel spring summer",
        "terrazzo pattern tile tiles texture stone confetti seamless wallpaper mosaic",
        abstract=True,
    ),
    _motif(
        pattern.frost,
        "winter night aurora",
        "frost frosty ice icy crystal crystals snowflake snowflakes macro frozen diamond",
    ),
    _motif(
        pattern.fans,
        "ocean night clay emerald",
        "wave waves japanese seigaiha fan fans scales ornament deco textile kimono fabric",
        abstract=True,
    ),
    _motif(
        figure.portrait,
        "clay dusk spring lavender",
        "portrait woman man girl boy person face figure queen "
        "king dancer musician singer model fashion chef knight wizard "
        "astronaut grandmother grandfather violinist artist painter gardener people hat samurai witch",
    ),
    _motif(
        animals.animal,
        "forest dusk autumn ocean",
        " ".join(animals.NAMES.values()) + " cats foxes birds owls dogs animal animals wolves kittens herons cranes",
    ),
    _motif(
        sky.cosmos,
        "night neon aurora lavender",
        "space planet planets galaxy cosmos cosmic moon star "
        "stars orbit astronomy saturn nebula universe solar rocket "
        "spaceship alien",
    ),
    _motif(
        sky.balloons,
        "dawn summer pastel dusk",
        "balloon balloons airship flying cappadocia clouds cloud sky kite kites",
    ),
)

# Words that name the form of a picture count more than the things in it: a poster for a city is a poster.
FORMS = frozenset(
    {"poster", "bauhaus", "isometric", "portrait", "terrazzo", "botanical", "still", "pattern", "seamless"}
    | {"library", "lighthouse"}
)


def choose_motif(words: list[str], theme: Random) -> Motif:
    """The motif most of the words ask for, the earlier word winning; without any, an abstract one by chance."""
    best, most = theme.choice([motif for motif in MOTIFS if motif.abstract]), 0.0
    for motif in MOTIFS:
        hits = [place for place, word in enumerate(words) if word in motif.words]
        score = sum(2.5 if words[place] in FORMS else 1.0 for place in hits) - (0.01 * hits[0] if hits else 0)
        if score > most:
            best, most = motif, score
    return best
