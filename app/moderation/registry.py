"""Which moderator judges pictures: the one there is a key for, else the embedded one."""

from app.moderation.demo_moderator import DemoModerator
from app.moderation.interface import Moderator
from app.moderation.severities import Severities


def make_moderator(
    *, openai_key: str | None, openai_base_url: str | None, model: str, severities: Severities, timeout_seconds: float
) -> Moderator:
    """The moderator for these keys. The SDK is imported only where it is used: it takes half a second."""
    if not openai_key:
        return DemoModerator()
    from app.moderation.openai_moderator import OpenAIModerator  # noqa: PLC0415 - see above

    return OpenAIModerator(openai_key, openai_base_url, model, severities, timeout_seconds=timeout_seconds)
