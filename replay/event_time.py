"""The time an event says it happened: RFC 3339, or a number of seconds or milliseconds."""

from datetime import UTC, datetime

_SECONDS_BELOW = 100_000_000_000
"""A number under this counts seconds (until the year 5138), one above it milliseconds."""


def parse_time_ms(text: str | None) -> int | None:
    """Milliseconds since the epoch; None where the text is no time. Without a zone it is UTC."""
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return _iso_ms(text)
    if number != number or abs(number) == float("inf"):
        return None
    return round(number * 1000) if abs(number) < _SECONDS_BELOW else round(number)


def _iso_ms(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    try:
        return round(at.timestamp() * 1000)
    except (OverflowError, ValueError):
        return None
