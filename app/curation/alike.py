"""Which pictures look alike: those whose perceptual hashes differ in a few bits only, found without comparing all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

BITS = 64
BANDS = 8
"""Of a byte each."""
MOST_DIFFERING = BANDS - 2
"""Hashes that differ in at most so many bits are equal in two of the bands at least."""
PAIRS = [(number << 16, first, second) for number, (first, second) in enumerate(combinations(range(BANDS), 2))]
SAMPLE = 2000
"""Hashes that are looked at to see which bits tell something."""


class Stacks:
    """Stacks of pictures that look alike, in the order in which they begin."""

    def __init__(self, hashes: Sequence[int]) -> None:
        self._deal = _dealer(hashes)
        self._by_hash: dict[int, list[int]] = {}
        self._tops: dict[int, list[int]] = defaultdict(list)
        self.stacks: list[list[int]] = []

    def put_alone(self, position: int) -> list[int]:
        """Begin a stack."""
        self.stacks.append([position])
        return self.stacks[-1]

    def put(self, position: int, own: int) -> None:
        """Put a picture on the stack whose top it resembles, or begin one.

        Only tops are compared, so that a stack does not creep from one picture to quite another.
        """
        stack = self._by_hash.get(own)
        if stack is None:
            keys = self._keys(own)
            stack = self._by_hash[own] = self._resembling(own, keys) or []
            if not stack:
                self.stacks.append(stack)
                for key in keys:
                    self._tops[key].append(own)
        stack.append(position)

    def _resembling(self, own: int, keys: Sequence[int]) -> list[int] | None:
        for key in keys:
            for top in self._tops.get(key, ()):
                if (top ^ own).bit_count() <= MOST_DIFFERING:
                    return self._by_hash[top]
        return None

    def _keys(self, own: int) -> list[int]:
        """Every two bands of a hash, with the number of the pair."""
        dealt = 0
        for byte, table in zip(own.to_bytes(BANDS), self._deal, strict=True):
            dealt |= table[byte]
        bands = dealt.to_bytes(BANDS)
        return [number | bands[first] << 8 | bands[second] for number, first, second in PAIRS]


def stack_alike(pictures: Iterable[tuple[int, str | None]]) -> list[list[int]]:
    """Put pictures (position, hash of 16 hex digits) on stacks, in the order given; what has no hash stays alone."""
    read = [(position, None if text is None else int(text, 16)) for position, text in pictures]
    made = Stacks([own for _, own in read if own is not None])
    for position, own in read:
        if own is None:
            made.put_alone(position)
        else:
            made.put(position, own)
    return made.stacks


def _dealer(hashes: Sequence[int]) -> list[list[int]]:
    """Tables that deal the bits of a hash to the bands: for each of its bytes what every value of it becomes.

    Where all pictures have a plain background half of the bits are the same in all of them. If such bits made up whole
    bands, these would hold everything; dealt out in turn, the telling bits first, every band tells as much as the next.
    """
    sample = hashes[:: len(hashes) // SAMPLE + 1]
    ones = [sum(own >> bit & 1 for own in sample) for bit in range(BITS)]
    telling = sorted(range(BITS), key=lambda bit: abs(2 * ones[bit] - len(sample)))
    place_of = {bit: rank % BANDS * 8 + rank // BANDS for rank, bit in enumerate(telling)}
    return [
        [sum(1 << place_of[first + bit] for bit in range(8) if value >> bit & 1) for value in range(256)]
        for first in reversed(range(0, BITS, 8))
    ]
