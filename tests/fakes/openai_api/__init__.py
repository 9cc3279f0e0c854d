"""A provider that speaks OpenAI's API over real sockets, for tests and shows: pictures, writing, moderation, a bill.

`FakeOpenAI` runs in the test's process; `python -m tests.fakes.openai_api` in one of its own.
"""

from tests.fakes.openai_api.bill import cost_of, read_bill
from tests.fakes.openai_api.limits import SlidingWindow, TokenBucket
from tests.fakes.openai_api.server import FakeOpenAI

__all__ = ["FakeOpenAI", "SlidingWindow", "TokenBucket", "cost_of", "read_bill"]
