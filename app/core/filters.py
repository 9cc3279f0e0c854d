"""How numbers, moments and money are written for people. Templates call these; they hold no formatting themselves."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from flask import Flask

from app.core.clock import utc_now


def money(dollars: Decimal | None) -> str:
    """`$1,204.50`; below a dollar as many places as it takes to say something, four at most. None is an em dash."""
    if dollars is None:
        return "—"
    places = 2 if dollars >= 1 or dollars == dollars.quantize(Decimal("0.01")) else 4
    rounded = dollars.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"${rounded:,.{places}f}"


def number(value: float) -> str:
    """`1,234`; one decimal place where there is one."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def duration(seconds: float) -> str:
    """`1 min 10 s`, `2 h 5 min`: the two largest units."""
    total = max(0, round(seconds))
    minutes, rest = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((index for index, (amount, _) in enumerate(parts) if amount), 3)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount) or "0 s"


def ago(moment: datetime | None) -> str:
    """`just now`, `5 min ago`, `3 d ago`."""
    if moment is None:
        return "never"
    seconds = (utc_now() - moment).total_seconds()
    if seconds < 45:
        return "just now"
    return f"{duration(seconds).split(' ')[0]} {duration(seconds).split(' ')[1]} ago"


def moment(value: datetime | None) -> str:
    """`20 Nov 2026, 14:05 UTC`."""
    return value.strftime("%-d %b %Y, %H:%M UTC") if value else "—"


def instant(value: datetime | None) -> str:
    """`20 Nov 2026, 14:05:09 UTC`."""
    return value.strftime("%-d %b %Y, %H:%M:%S UTC") if value else "—"


def latency(seconds: float) -> str:
    """`0.4 s`, `12.1 s`; in minutes from one on."""
    return f"{seconds:.1f} s" if seconds < 59.95 else duration(seconds)


def clip(text: str, length: int) -> str:
    """At most `length` characters on one line, cut at a word where possible, with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    head = cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut
    return head.rstrip(" ,.;:") + "…"


def words(value: str) -> str:
    """A stored word for people: `partially_failed` reads `partially failed`."""
    return value.replace("_", " ")


def plural(count: int, singular: str, several: str | None = None) -> str:
    """`1 image`, `24 images`."""
    return f"{number(count)} {singular if count == 1 else several or singular + 's'}"


def initials(name: str) -> str:
    """`AL` for Ada Lovelace: of the first and the last word."""
    parts = name.split()
    return "".join(part[0] for part in [*parts[:1], *parts[1:][-1:]]).upper()


def install_filters(app: Flask) -> None:
    for function in (money, number, duration, ago, moment, instant, latency, clip, words, plural, initials):
        app.add_template_filter(function)
