import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.render.numbers import count, rate, size, sparkline


def test_counts_and_sizes_say_when_they_are_not_known() -> None:
    assert [count(1234567), count(0), count(None)] == ["1,234,567", "0", "—"]
    assert [size(1_200_000), size(0), size(None)] == ["1.2 MB", "0 bytes", "—"]


@pytest.mark.parametrize(("value", "shown"), [(0, "0/s"), (0.42, "0.4/s"), (1240.3, "1,240/s")])
def test_a_rate_has_no_more_digits_than_it_needs(value: float, shown: str) -> None:
    assert rate(value) == shown


def test_a_sparkline_is_as_high_as_its_highest_value() -> None:
    assert sparkline([0, 1, 2, 4], 6) == "  ▁▃▅█"
    assert sparkline([0, 0], 2) == "▁▁"


@given(st.lists(st.floats(0, 1e12), max_size=30), st.integers(1, 20))
def test_a_sparkline_is_as_wide_as_asked(values: list[float], width: int) -> None:
    assert len(sparkline(values, width)) == width
