"""Pictures that look alike are found without comparing all, and none that does not."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.curation.alike import MOST_DIFFERING, Stacks, stack_alike

HASHES = st.integers(0, 2**64 - 1)
BITS = st.sets(st.integers(0, 63), max_size=12)


def text(number: int) -> str:
    return f"{number:016x}"


def flipped(number: int, bits: set[int]) -> int:
    for bit in bits:
        number ^= 1 << bit
    return number


@given(HASHES, BITS)
def test_two_are_on_one_stack_exactly_when_they_differ_in_few_bits(own: int, bits: set[int]) -> None:
    stacks = stack_alike([(0, text(own)), (1, text(flipped(own, bits)))])
    assert (stacks == [[0, 1]]) == (len(bits) <= MOST_DIFFERING)


def test_everything_is_on_one_stack_and_near_its_top() -> None:
    random = Random(7)
    tops = [random.getrandbits(64) for _ in range(200)]
    near = [flipped(tops[n % 200], set(random.sample(range(64), random.randrange(7)))) for n in range(1800)]
    hashes = tops + near
    stacks = stack_alike(enumerate(map(text, hashes)))
    assert sorted(position for stack in stacks for position in stack) == list(range(2000))
    assert len(stacks) == 200
    for head, *members in stacks:
        assert all((hashes[head] ^ hashes[each]).bit_count() <= MOST_DIFFERING for each in members)


def test_a_stack_does_not_creep_away_from_its_top() -> None:
    chain = [(1 << 6 * step) - 1 for step in range(4)]
    assert stack_alike([(step, text(number)) for step, number in enumerate(chain)]) == [[0, 1], [2, 3]]


def test_what_was_never_measured_stays_alone() -> None:
    assert stack_alike([(0, None), (1, text(0)), (2, None), (3, text(0))]) == [[0], [1, 3], [2]]


def test_pictures_that_are_all_plain_in_half_are_compared_with_few_others(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(5)
    hashes = [random.getrandbits(32) << 32 for _ in range(3000)]
    compared = 0

    class Counted(Stacks):
        def _resembling(self, own: int, keys: Sequence[int]) -> list[int] | None:
            nonlocal compared
            compared += sum(len(self._tops.get(key, ())) for key in keys)
            return super()._resembling(own, keys)

    monkeypatch.setattr("app.curation.alike.Stacks", Counted)
    stacks = stack_alike(enumerate(map(text, hashes)))
    assert sum(map(len, stacks)) == 3000
    assert compared < 3000 * 3000 / 4
