"""Checks prompts before they cost anything: every problem of every prompt at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from app.prompts.combine import combine
from app.prompts.words import WordList

EMPTY = "Prompt cannot be empty"
FLAGGED = "Content flagged — please revise this prompt"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, by the prompts' 1-based numbers.

    `problems` stop the job, `advice` does not. `description_problems` concern the character description itself and
    are said once, not for each prompt.
    """

    problems: dict[int, list[str]] = field(default_factory=dict)
    advice: dict[int, list[str]] = field(default_factory=dict)
    description_problems: list[str] = field(default_factory=list)
    duplicates: int = 0

    @property
    def ok(self) -> bool:
        return not self.problems and not self.description_problems

    @property
    def sentences(self) -> list[str]:
        """Every problem as a line for a person: "Prompt 3: Prompt cannot be empty"."""
        numbered = (f"Prompt {number}: {problem}" for number, found in self.problems.items() for problem in found)
        return [*(f"Character description: {problem}" for problem in self.description_problems), *numbered]


def check_prompts(
    prompts: Sequence[str],
    *,
    character_description: str = "",
    max_chars: int,
    blocked_words: Collection[str] = (),
    advisory_words: Collection[str] = (),
) -> Checked:
    """All problems of all prompts. `max_chars` is the model's limit for the text that is sent. Linear in the text."""
    blocked, advisory = WordList(blocked_words), WordList(advisory_words)
    checked = Checked(description_problems=_flagged(blocked, character_description))
    first_number: dict[str, int] = {}
    duplicates = 0
    for number, prompt in enumerate(prompts, start=1):
        earlier = first_number.setdefault(_folded(prompt), number) if prompt.strip() else number
        duplicates += earlier != number
        problems = _problems(prompt, combine(character_description, prompt), max_chars, blocked)
        if earlier != number:
            problems.append(f"Duplicate of prompt {earlier}")
        _note(checked.problems, number, problems)
        _note(checked.advice, number, _advice(advisory, prompt))
    return Checked(checked.problems, checked.advice, checked.description_problems, duplicates)


def remove_duplicates(prompts: Sequence[str]) -> tuple[list[str], int]:
    """The prompts without later repetitions, in their order, and how many were removed. Empty prompts stay."""
    seen: set[str] = set()
    kept = []
    for prompt in prompts:
        key = _folded(prompt)
        if not key or key not in seen:
            kept.append(prompt)
        seen.add(key)
    return kept, len(prompts) - len(kept)


def rejection(sent: str, *, max_chars: int, blocked_words: Collection[str] = ()) -> str | None:
    """Why a text may not be sent after all, checked again when its image is run: "Prompt validation failed: …"."""
    problems = _problems(sent, sent, max_chars, WordList(blocked_words))
    return f"Prompt validation failed: {'; '.join(problems)}" if problems else None


def _problems(prompt: str, sent: str, max_chars: int, blocked: WordList) -> list[str]:
    if not prompt.strip():
        return [EMPTY]
    return [*_too_long(sent, max_chars, alone=sent == prompt.strip()), *_flagged(blocked, prompt)]


def _too_long(sent: str, max_chars: int, *, alone: bool) -> list[str]:
    over = len(sent) - max_chars
    if over <= 0:
        return []
    what = "" if alone else " with the character description"
    characters = "character" if over == 1 else "characters"
    return [f"Prompt is {over:,} {characters} too long: {len(sent):,}{what}, the model takes {max_chars:,}"]


def _flagged(blocked: WordList, text: str) -> list[str]:
    found = blocked.found_in(text)
    return [f"{FLAGGED}. Our own word check stopped at {_quoted(found)}"] if found else []


def _advice(advisory: WordList, prompt: str) -> list[str]:
    found = advisory.found_in(prompt)
    return [f"Some providers refuse {_quoted(found)}"] if found else []


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)


def _folded(prompt: str) -> str:
    return " ".join(prompt.split()).casefold()


def _note(found: dict[int, list[str]], number: int, lines: list[str]) -> None:
    if lines:
        found[number] = lines
