import time

import pytest

from app.prompts.check import check_prompts, rejection, remove_duplicates
from app.prompts.combine import combine
from app.prompts.words import WordList, load_words


@pytest.mark.parametrize(
    ("description", "prompt", "sent"),
    [
        ("A girl with red hair", "in a forest", "A girl with red hair. in a forest"),
        ("A girl with red hair.", "in a forest", "A girl with red hair. in a forest"),
        ("A girl with red hair. . ", " in a forest ", "A girl with red hair. in a forest"),
        ("A girl!", "in a forest", "A girl! in a forest"),
        ("", "in a forest", "in a forest"),
        (" . ", "in a forest", "in a forest"),
        ("A girl", "", ""),
    ],
)
def test_the_description_comes_before_the_prompt_with_one_full_stop(description: str, prompt: str, sent: str) -> None:
    assert combine(description, prompt) == sent


def test_every_problem_of_every_prompt_is_found_at_once() -> None:
    checked = check_prompts(
        ["a cat", "", "  A   CAT ", "x" * 30 + " gore", "a dog", "x" * 30 + " GORE"],
        max_chars=20,
        blocked_words=["gore"],
    )
    assert checked.problems == {
        2: ["Prompt cannot be empty"],
        3: ["Duplicate of prompt 1"],
        4: [
            "Prompt is 15 characters too long: 35, the model takes 20",
            "Content flagged — please revise this prompt. Our own word check stopped at “gore”",
        ],
        6: [
            "Prompt is 15 characters too long: 35, the model takes 20",
            "Content flagged — please revise this prompt. Our own word check stopped at “gore”",
            "Duplicate of prompt 4",
        ],
    }
    assert not checked.ok
    assert checked.duplicates == 2
    assert checked.sentences[0] == "Prompt 2: Prompt cannot be empty"


def test_good_prompts_have_no_problems() -> None:
    checked = check_prompts(["a cat", "a dog"], max_chars=5)
    assert checked.ok
    assert checked.sentences == []


def test_the_length_is_measured_on_the_text_that_will_be_sent() -> None:
    checked = check_prompts(["in a forest"], character_description="A girl", max_chars=18)
    assert checked.problems == {
        1: ["Prompt is 1 character too long: 19 with the character description, the model takes 18"]
    }
    assert check_prompts(["in a forest"], character_description="A girl", max_chars=19).ok


def test_a_blocked_word_in_the_description_is_said_once() -> None:
    checked = check_prompts(["one", "two"], character_description="all gore", max_chars=100, blocked_words=["gore"])
    assert checked.problems == {}
    assert not checked.ok
    assert checked.sentences == [
        "Character description: Content flagged — please revise this prompt. Our own word check stopped at “gore”"
    ]


def test_advisory_words_advise_and_do_not_stop() -> None:
    checked = check_prompts(["a celebrity portrait"], max_chars=100, advisory_words=["celebrity"])
    assert checked.ok
    assert checked.advice == {1: ["Some providers refuse “celebrity”"]}


def test_empty_prompts_are_no_duplicates_of_each_other() -> None:
    checked = check_prompts(["", " "], max_chars=100)
    assert checked.problems == {1: ["Prompt cannot be empty"], 2: ["Prompt cannot be empty"]}
    assert checked.duplicates == 0


def test_removing_duplicates_keeps_the_first_of_each_in_order() -> None:
    assert remove_duplicates(["b", "A  b", "a\nB", "B", "", ""]) == (["b", "A  b", "", ""], 2)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("some GORE here", ("gore",)),
        ("Al Gore-like", ("gore",)),
        ("a gorey, gorecore forest", ()),
        ("child-porn", ("child porn",)),
        ("child\nPORN and gore", ("child porn", "gore")),
        ("porn child", ()),
        ("\uff47\uff4f\uff52\uff45", ("gore",)),
        ("go\u200bre", ("gore",)),
        ("gore gore", ("gore",)),
    ],
)
def test_blocked_words_are_found_as_whole_words(text: str, found: tuple[str, ...]) -> None:
    assert WordList(["gore", "child porn", ""]).found_in(text) == found


@pytest.mark.parametrize(
    "prompt",
    [
        "a nude statue of David in marble",
        "a child in a field of oilseed rape",
        "a naked mole rat",
        "portrait of a teenager in a red coat",
        "Essex countryside, cockerel on a fence",
        "a classic bass guitar, an analyst's desk",
    ],
)
def test_the_shipped_list_lets_harmless_prompts_through(prompt: str) -> None:
    assert check_prompts([prompt], max_chars=1000, blocked_words=load_words()).ok


def test_a_list_of_ones_own_has_comments_and_blank_lines(tmp_path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\ufeff# ours\n\n acme corp \nwidget\n", "utf-8")
    assert load_words(path) == ("acme corp", "widget")


def test_a_prompt_is_checked_again_when_its_image_is_run() -> None:
    assert rejection("a cat", max_chars=100, blocked_words=["gore"]) is None
    assert rejection(" ", max_chars=100) == "Prompt validation failed: Prompt cannot be empty"
    assert rejection("gore and more", max_chars=5, blocked_words=["gore"]) == (
        "Prompt validation failed: Prompt is 8 characters too long: 13, the model takes 5; "
        "Content flagged — please revise this prompt. Our own word check stopped at “gore”"
    )


def test_ten_thousand_prompts_are_checked_within_two_seconds() -> None:
    prompts = [f"a lighthouse on a rocky coast at dusk, number {number}, calm sea" * 4 for number in range(10_000)]
    began = time.process_time()
    checked = check_prompts(prompts, character_description="A girl", max_chars=4000, blocked_words=load_words())
    assert checked.ok
    assert time.process_time() - began < 2
