"""A provider that speaks Replicate's API over real sockets, for tests: predictions, their files, a bill.

What happens to a prediction is asked for by a marker in its prompt, see `world.py`; with "-once" at the end it happens
to the first prediction (or question) of that prompt only.
"""

from tests.fakes.replicate_api.server import FakeReplicate

__all__ = ["FakeReplicate"]
