"""Times as people read and type them, in one zone that is always said: UTC or local."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from readers.errors import UsageError

ABSENT = "—"
"""What stands where there is no time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Zone:
    """The zone times are shown and typed in; `tz` None is this machine's own."""

    name: str
    tz: tzinfo | None

    def at(self, time_ms: int) -> datetime | None:
        """The moment in this zone; None outside the years 1 to 9999."""
        try:
            return (_EPOCH + timedelta(milliseconds=time_ms)).astimezone(self.tz)
        except (OverflowError, ValueError, OSError):
            return None

    def epoch_ms(self, moment: datetime) -> int:
        """Milliseconds since the epoch; a moment without a zone is one of this zone."""
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.tz) if self.tz else moment.astimezone()
        return (moment - _EPOCH) // timedelta(milliseconds=1)


UTC_ZONE = Zone("UTC", UTC)
LOCAL_ZONE = Zone("local", None)


def time_of_day(time_ms: int | None, zone: Zone) -> str:
    """`14:05:03.120`."""
    return _written(time_ms, zone, lambda at: at.time().isoformat("milliseconds"))


def date_and_time(time_ms: int | None, zone: Zone) -> str:
    """`2026-11-23 14:05:03.120`."""
    return _written(time_ms, zone, lambda at: _naive(at).isoformat(" ", "milliseconds"))


def _naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


def _written(time_ms: int | None, zone: Zone, write: Callable[[datetime], str]) -> str:
    if time_ms is None:
        return ABSENT
    at = zone.at(time_ms)
    # A timestamp no calendar holds is shown as it is stored, with a mark.
    return f"!{time_ms} ms" if at is None else write(at)


def speed(times: float) -> str:
    """`0.5×`, `max`."""
    return "max" if times == math.inf else f"{times:g}×"


def pause(duration_ms: int | None) -> str:
    """How long after something else: `+ 0.3 s`, `+ 5 m 59 s`, `+ 2 d 3 h`; `- ` if before it."""
    if duration_ms is None:
        return ABSENT
    sign = "-" if duration_ms < 0 else "+"
    return f"{sign} {duration(abs(duration_ms))}"


def duration(duration_ms: int) -> str:
    """A length of time in its two largest units; nothing is rounded up."""
    if 0 < duration_ms < 100:
        return f"{duration_ms} ms"
    if duration_ms < 60_000:
        return f"{duration_ms // 1000}.{duration_ms % 1000 // 100} s"
    seconds = duration_ms // 1000
    if seconds < 3600:
        return f"{seconds // 60} m {seconds % 60} s"
    if seconds < 86_400:
        return f"{seconds // 3600} h {seconds % 3600 // 60} m"
    return f"{seconds // 86_400:,} d {seconds % 86_400 // 3600} h"


def ago(time_ms: int | None, now_ms: int) -> str:
    """How long before now: `3 s ago`, `2 d 3 h ago`; `in 5 s` for what lies ahead."""
    if time_ms is None:
        return ABSENT
    distance_ms = now_ms - time_ms
    if abs(distance_ms) < 1000:
        return "now"
    if abs(distance_ms) < 60_000:
        said = f"{abs(distance_ms) // 1000} s"
    else:
        said = duration(abs(distance_ms))
    return f"{said} ago" if distance_ms > 0 else f"in {said}"


_EPOCH_MS = re.compile(r"-?\d{10,18}")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,3})?)?")
_BEGINS_WITH_A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAMES_A_DAY_OR_CLOCK = re.compile(r"day|week|month|year|:|\d\s*[ap]m\b", re.IGNORECASE)


def is_clock_time(text: str) -> bool:
    """Whether it is a time of day without a day, such as `14:05`."""
    return _CLOCK.fullmatch(text.strip()) is not None


def parse_time(text: str, *, now_ms: int, zone: Zone) -> int:
    """The time a person typed, in milliseconds since the epoch.

    It may be `now`, `14:05` or `14:05:30` (today), `yesterday 14:05`, `2h ago`, `15 minutes ago`,
    a date, RFC 3339, or milliseconds since the epoch (ten digits or more). Without an offset of
    its own it is a time of the zone.

    Raises:
        UsageError: it is none of these; nothing is guessed.
    """
    typed = text.strip()
    now = zone.at(now_ms)
    if now is None:
        raise UsageError(f"the clock says {now_ms} ms, which no calendar holds")
    if typed.lower() == "now":
        return now_ms
    if _EPOCH_MS.fullmatch(typed):
        return int(typed)
    try:
        if _CLOCK.fullmatch(typed):
            clock = time.fromisoformat(typed.rjust(len(typed) + (typed[1] == ":"), "0"))
            return zone.epoch_ms(datetime.combine(now.date(), clock))
        if _BEGINS_WITH_A_DATE.match(typed):
            return zone.epoch_ms(datetime.fromisoformat(typed))
    except (ValueError, OverflowError):
        raise _not_a_time(text) from None
    return _parse_relative(text, now_ms, zone)


def _parse_relative(text: str, now_ms: int, zone: Zone) -> int:
    import dateparser  # it takes longer to load than the first screen takes to draw

    # Hours and minutes are lengths of time; days and clock times belong to the zone's calendar,
    # which is not the same where the clocks change.
    where = zone if _NAMES_A_DAY_OR_CLOCK.search(text) else UTC_ZONE
    base = where.at(now_ms)
    assert base is not None
    try:
        found = dateparser.parse(
            text,
            languages=["en"],
            settings={
                "PARSERS": ["relative-time"],
                "RELATIVE_BASE": _naive(base),
                "RETURN_AS_TIMEZONE_AWARE": False,
            },
        )
        if found is not None:
            return where.epoch_ms(found)
    except (ValueError, OverflowError):
        pass
    raise _not_a_time(text)


def _not_a_time(text: str) -> UsageError:
    return UsageError(
        f"{text!r} is not a time; write it as 14:05, yesterday 14:05, 2h ago, 2026-11-23, "
        "2026-11-23T14:05:00Z or milliseconds since the epoch."
    )
