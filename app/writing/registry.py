"""Which writer describes pictures: the one there is a key for, else the embedded one."""

from app.writing.demo_writer import DemoWriter
from app.writing.interface import Writer

WRITE_SECONDS = 30.0


def make_writer(
    *, openai_key: str | None, openai_base_url: str | None, model: str, timeout_seconds: float = WRITE_SECONDS
) -> Writer:
    """The writer for these keys. The SDK is imported only where it is used: it takes half a second."""
    if not openai_key:
        return DemoWriter()
    from app.writing.openai_writer import OpenAIWriter  # noqa: PLC0415 - see above

    return OpenAIWriter(openai_key, openai_base_url, model, timeout_seconds=timeout_seconds)
