from pathlib import Path

import pytest

from app.prompts.split import first_line, join_lines, join_pasted, split_lines, split_pasted

EXAMPLES = Path(__file__).parents[3] / "examples" / "prompts.txt"


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("", []),
        ("---", []),
        (" \n\n ", []),
        ("a cat", ["a cat"]),
        ("a cat\n---\na dog", ["a cat", "a dog"]),
        ("a cat\r\n---\r\na dog\r\n", ["a cat", "a dog"]),
        ("a cat\r---\ra dog", ["a cat", "a dog"]),
        ("\ufeffa cat\n---\na dog", ["a cat", "a dog"]),
        ("\ufeff---\na cat", ["a cat"]),
        ("a cat\n  ---\t \na dog", ["a cat", "a dog"]),
        ("first line\n\nsecond line\n---\nb", ["first line\n\nsecond line", "b"]),
        ("---\n---\na\n---\nb\n---\n\n---", ["a", "b"]),
        ("a\n---\n\n---\nb", ["a", "", "b"]),
        ("a --- b", ["a --- b"]),
        ("a\n----\nb", ["a\n----\nb"]),
        ("a\n--- b", ["a\n--- b"]),
        ("nul\x00 and bell\x07", ["nul and bell"]),
        ("tab\tstays", ["tab\tstays"]),
        ("a\u2028---\u2029b", ["a", "b"]),
    ],
)
def test_pasted_text_is_split_at_lines_that_hold_three_hyphens_alone(text: str, prompts: list[str]) -> None:
    assert split_pasted(text) == prompts


def test_each_line_is_a_prompt_and_blank_lines_are_ignored() -> None:
    assert split_lines("\ufeff one \r\n\r\n two\n\t\nthree") == ["one", "two", "three"]


def test_pasted_text_survives_the_way_to_prompts_and_back() -> None:
    prompts = ["one\nwith two lines", "two", "", "three"]
    assert split_pasted(join_pasted(prompts)) == prompts


def test_lines_survive_the_way_to_prompts_and_back() -> None:
    assert split_lines(join_lines(["one\ntwo", "three"])) == ["one two", "three"]


def test_the_first_line_is_cut_at_its_limit() -> None:
    assert first_line("\n  a lighthouse \nat dusk") == "a lighthouse"
    assert first_line("") == ""
    assert first_line("a lighthouse at dusk", 12) == "a lighthous…"
    assert first_line("exactly ten", 11) == "exactly ten"


def test_the_examples_are_twenty_four_different_prompts() -> None:
    prompts = split_pasted(EXAMPLES.read_text("utf-8"))
    assert len(prompts) == len(set(prompts)) == 24
    assert any("\n" in prompt for prompt in prompts)
