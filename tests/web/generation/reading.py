"""What a person reads of a page."""

import re
from html import unescape

from werkzeug.test import TestResponse


def text_of(response: TestResponse) -> str:
    """What a person reads: without tags, white space folded."""
    bare = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(bare))
