"""The headers that name a limit."""

import pytest

from app.providers.told_limits import duration, told_limit


def headers(
    limit: str, remaining: str | None = None, reset: str | None = None, unit: str = "requests"
) -> dict[str, str]:
    parts = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"x-ratelimit-{name}-{unit}": value for name, value in parts.items() if value is not None}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120ms", 0.12),
        ("1s", 1.0),
        ("8.64s", 8.64),
        ("6m0s", 360.0),
        ("7h12m0s", 25_920.0),
        ("1d", 86_400.0),
        ("59", 59.0),
        ("", None),
        (None, None),
        ("soon", None),
        ("-1s", None),
    ],
)
def test_times_are_read_in_all_forms(text: str | None, seconds: float | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("named", "per_minute"),
    [
        (headers("500", "499", "120ms"), 500.0),
        (headers("500", "100", "48s"), 500.0),
        (headers("500", "400", "59s"), 500.0),
        (headers("60", "0", "60s"), 60.0),
        (headers("60"), 60.0),
        (headers("60", "60", "0s"), 60.0),
        ({**headers("500"), **headers("50", unit="images")}, 50.0),
    ],
)
def test_a_limit_for_a_minute_is_taken(named: dict[str, str], per_minute: float) -> None:
    assert told_limit(named) == per_minute


@pytest.mark.parametrize(
    "named",
    [
        {},
        headers("200", "199", "7m12s"),
        headers("10000", "9999", "8.64s"),
        headers("3600", "3590", "10s"),
        headers("60", "59", "59s"),
        headers("0"),
        headers("many"),
        headers("-5"),
    ],
    ids=[
        "nothing",
        "a day",
        "a day, little used",
        "an hour, little used",
        "an hour or a minute",
        "zero",
        "no number",
        "negative",
    ],
)
def test_a_limit_for_longer_or_for_nothing_says_nothing_about_the_pace(named: dict[str, str]) -> None:
    assert told_limit(named) is None
