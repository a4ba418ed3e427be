"""Times that payloads tell are read; what is no time is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.event_time import parse_time_ms
from tests.fakes import START_MS


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T12:00:00Z",
        "2026-11-23T12:00:00.000000000Z",
        "2026-11-23T13:00:00+01:00",
        "2026-11-23 12:00:00",
        "1795435200",
        "1795435200.000",
        "1795435200000",
    ],
)
def test_one_moment_is_read_in_each_way_it_is_written(text: str) -> None:
    assert parse_time_ms(text) == START_MS


@given(st.integers(min_value=0, max_value=999))
def test_seconds_with_a_fraction_keep_their_milliseconds(ms: int) -> None:
    assert parse_time_ms(f"1795435200.{ms:03}") == START_MS + ms


@pytest.mark.parametrize("text", [None, "", "soon", "nan", "inf", "-Infinity", "9" * 5000, "{}"])
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert parse_time_ms(text) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert isinstance(parse_time_ms(text), int | None)


def test_times_before_the_epoch_are_negative() -> None:
    assert parse_time_ms("1969-12-31T23:59:59Z") == -1000
