"""How soon a job's images go, as people say it. It acts among the jobs of one workspace: other teams lose no turn."""

PRIORITIES = {"low": -1, "normal": 0, "urgent": 1}
"""Higher goes first; fairness.py says how often. Every job keeps a share of its workspace's turns."""
PRIORITY_WORDS = [(name, name.capitalize()) for name in PRIORITIES]


def priority_word(priority: int) -> str:
    """`urgent`; the nearest word for a number that no form offers."""
    return min(PRIORITIES, key=lambda word: abs(PRIORITIES[word] - priority))
