import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.errors import UsageError
from replay.event_json import rfc3339
from tui.render.times import (
    UTC_ZONE,
    Zone,
    ago,
    date_and_time,
    parse_time,
    pause,
    time_of_day,
)

BERLIN = Zone("Berlin", ZoneInfo("Europe/Berlin"))


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


NOW = ms("2026-11-23T12:00:00Z")


@pytest.mark.parametrize(
    ("time_ms", "shown"),
    [
        (None, "—"),
        (0, "1970-01-01 00:00:00.000"),
        (-5, "1969-12-31 23:59:59.995"),
        (253402300799999, "9999-12-31 23:59:59.999"),
        (253402300800000, "!253402300800000 ms"),
        (2**63 - 1, "!9223372036854775807 ms"),
        (-(2**63), "!-9223372036854775808 ms"),
    ],
)
def test_a_strange_time_is_shown_for_what_it_is(time_ms: int | None, shown: str) -> None:
    assert date_and_time(time_ms, UTC_ZONE) == shown


def test_a_time_is_written_in_its_zone() -> None:
    at = ms("2026-11-23T14:05:03.120Z")
    assert time_of_day(at, BERLIN) == "15:05:03.120"
    assert rfc3339(at) == "2026-11-23T14:05:03.120Z"


@pytest.mark.parametrize(
    ("duration_ms", "shown"),
    [
        (0, "+ 0.0 s"),
        (12, "+ 12 ms"),
        (1_200, "+ 1.2 s"),
        (59_999, "+ 59.9 s"),
        (359_000, "+ 5 m 59 s"),
        (183_600_000, "+ 2 d 3 h"),
        (-1_200, "- 1.2 s"),
        (None, "—"),
    ],
)
def test_a_pause_is_told_in_its_two_largest_units(duration_ms: int | None, shown: str) -> None:
    assert pause(duration_ms) == shown


def test_how_long_ago() -> None:
    assert [ago(NOW - d, NOW) for d in (0, 3_000, 7_200_000, -5_000)] == [
        "now", "3 s ago", "2 h 0 m ago", "in 5 s",
    ]  # fmt: skip
    assert ago(None, NOW) == "—"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("now", "2026-11-23T12:00:00Z"),
        ("14:05", "2026-11-23T13:05:00Z"),
        ("9:05", "2026-11-23T08:05:00Z"),
        ("14:05:30", "2026-11-23T13:05:30Z"),
        ("yesterday 14:05", "2026-11-22T13:05:00Z"),
        ("2h ago", "2026-11-23T10:00:00Z"),
        ("15 minutes ago", "2026-11-23T11:45:00Z"),
        ("2026-07-01", "2026-06-30T22:00:00Z"),
        ("2026-11-23T14:05:00Z", "2026-11-23T14:05:00Z"),
        ("2026-11-23 14:05", "2026-11-23T13:05:00Z"),
        ("1795435200000", "2026-11-23T12:00:00Z"),
        # Across the end of summer time the clock time stays.
        ("30 days ago", "2026-10-24T11:00:00Z"),
    ],
)
def test_a_typed_time_is_one_of_the_zone(typed: str, meant: str) -> None:
    assert parse_time(typed, now_ms=NOW, zone=BERLIN) == ms(meant)


def test_hours_ago_do_not_stumble_over_the_change_of_clocks() -> None:
    now = ms("2026-10-25T03:30:00Z")
    assert parse_time("4h ago", now_ms=now, zone=BERLIN) == ms("2026-10-24T23:30:00Z")


@pytest.mark.parametrize(
    "typed",
    ["", "5", "soon", "25:00", "14:65", "May", "2026-13-01", "abc 2h ago", "12345", "99999d ago x",
     "[/oops]", "\x1b", "2026-11-23T", "9" * 40, "999999999 days ago", "::"],
)  # fmt: skip
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        parse_time(typed, now_ms=NOW, zone=UTC_ZONE)


@given(st.text(max_size=12))
def test_any_text_is_a_time_or_refused(typed: str) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(parse_time(typed, now_ms=NOW, zone=UTC_ZONE), int)


@given(st.integers(-62135596800000, 253402300799999))
def test_what_is_written_is_read_back(time_ms: int) -> None:
    assert parse_time(rfc3339(time_ms), now_ms=NOW, zone=BERLIN) == time_ms
