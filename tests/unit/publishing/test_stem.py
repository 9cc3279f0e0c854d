"""Names of public pictures: words of the title, the generator, `prompt`, and letters that nobody guesses."""

import re
from itertools import product

import pytest

from app.core.errors import IllegalMove
from app.publishing.name_states import NAME_MOVES, NameState, check_name_move
from app.publishing.stem import base_of, keywords, new_stem, stem_base
from app.storage.interface import KEY


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("The Quiet Lighthouse over a Sea of Glass", "quiet-lighthouse-over"),
        ("A Cat in the Hat on a Mat", "cat-hat-mat"),
        ("Of the To for at", ""),
        ("", ""),
        ("Extraordinarily Interdisciplinary Photographs", "extraordinarily"),
        ("Donaudampfschifffahrtsgesellschaftskapitän", "donaudampfschifffahrtsgesellsc"),
        ("Ein Bär & 漢字", "ein-bar-han"),
        ("../../etc/passwd\0<script>", "etc-passwd-script"),
        ("\u202eright-to-left", "right-left"),
    ],
)
def test_up_to_three_words_and_thirty_characters(title: str, words: str) -> None:
    assert keywords(title) == words
    assert len(keywords(title)) <= 30


def test_the_generator_prompt_and_letters_of_its_own_follow() -> None:
    stem = new_stem("The Quiet Lighthouse", "DALL-E")

    assert re.fullmatch(r"quiet-lighthouse-dall-e-prompt-[0-9a-f]{12}", stem)
    assert base_of(stem) == stem_base("The Quiet Lighthouse", "DALL-E")
    assert new_stem("The Quiet Lighthouse", "DALL-E") != stem


@pytest.mark.parametrize("title", ["x" * 1_000_000, "</script>", "a\r\nb", "漢" * 300, "-", "%2e%2e"])
def test_whatever_the_title_it_is_a_key_of_ours(title: str) -> None:
    assert KEY.fullmatch(f"public/{new_stem(title, 'Stable Diffusion')}-large.jpg")
    assert len(new_stem(title, "G" * 500)) < 120


@pytest.mark.parametrize(("before", "to"), list(product(NameState, NameState)))
def test_a_name_moves_only_as_the_table_says(before: NameState, to: NameState) -> None:
    if to in NAME_MOVES[before]:
        check_name_move(before, to)
    else:
        with pytest.raises(IllegalMove):
            check_name_move(before, to)
