"""A moderator that needs no key: it looks for a few words in the prompt. It says so, and protects nobody."""

import re
from collections.abc import Mapping

from app.moderation.interface import Exhibit, Severity, Verdict

WORDS: Mapping[Severity, frozenset[str]] = {
    Severity.CRITICAL: frozenset({"porn", "pornographic", "beheading"}),
    Severity.HIGH: frozenset({"nude", "naked", "gore", "gory", "corpse", "mutilated"}),
    Severity.MEDIUM: frozenset({"blood", "bloody", "wound", "weapon", "lingerie"}),
    Severity.LOW: frozenset({"battle", "fight", "swimsuit"}),
}
"""The gravest first."""
SCORES = {Severity.CRITICAL: 0.95, Severity.HIGH: 0.8, Severity.MEDIUM: 0.5, Severity.LOW: 0.3}
WORD = re.compile(r"[^\W\d_]+")


class DemoModerator:
    model = "demo"

    def judge(self, exhibit: Exhibit) -> Verdict:
        """Deterministic; by the prompt alone."""
        said = set(WORD.findall(exhibit.prompt.lower()))
        for severity, words in WORDS.items():
            if found := sorted(words & said):
                return Verdict(severity, self.model, (f"the word “{found[0]}”",), {"words": SCORES[severity]})
        return Verdict(Severity.NONE, self.model)
