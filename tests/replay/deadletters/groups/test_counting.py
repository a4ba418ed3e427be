"""What is counted of a group: rates on an axis that grows, positions, names, what was seen."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from readers.record import Position
from replay.deadletters.groups.counting import (
    RATE_CELLS,
    Axis,
    Names,
    Origins,
    Places,
    Positions,
    Rate,
    Seen,
)

times = st.integers(-(10**15), 10**15) | st.integers(0, 100)


@given(st.lists(st.tuples(times, st.booleans()), min_size=1, max_size=60))
def test_a_rate_counts_each_time_in_its_cell_whatever_came_before(
    given: list[tuple[int, bool]],
) -> None:
    axis = Axis()
    rates = {True: Rate(axis), False: Rate(axis)}
    for time_ms, which in given:
        axis.add(time_ms)
        rates[which].add(time_ms)
    first = min(time_ms for time_ms, _ in given) >> axis.shift
    for which, rate in rates.items():
        expected = Counter((t >> axis.shift) - first for t, w in given if w is which)
        assert rate.cells() == tuple(expected[n] for n in range(len(rate.cells())))
        assert sum(rate.cells()) == sum(expected.values())
        assert 1 <= len(rate.cells()) <= RATE_CELLS


@given(st.integers(1, 10**15))
def test_the_cells_are_as_fine_as_the_limit_allows(last_ms: int) -> None:
    axis = Axis()
    rate = Rate(axis)
    for time_ms in (0, last_ms):
        axis.add(time_ms)
        rate.add(time_ms)
    assert len(rate.cells()) > min(last_ms, RATE_CELLS // 2 - 1)


def test_a_rate_without_times_is_empty() -> None:
    assert Rate(Axis()).cells() == ()


def test_positions_come_back_as_they_were_added() -> None:
    given = [Position("a-dlt", 1, 2**40), Position("b-dlt", 0, 7), Position("a-dlt", 1, 3)]
    positions = Positions(Places())
    for position in given:
        positions.add(position)
    assert list(positions) == given
    assert positions[1:] == tuple(given[1:])
    assert positions[-1] == given[-1]


def test_beyond_the_limit_it_is_not_known_what_was_seen() -> None:
    seen = Seen(2, if_unknown=True)
    assert [seen.is_new(thing) for thing in "aabb"] == [True, False, True, False]
    assert not seen.is_full
    assert [seen.is_new(thing) for thing in "cac"] == [True, False, True]
    assert seen.is_full


def test_beyond_the_limit_each_origin_is_a_new_one() -> None:
    origins, places = Origins(2), [Position("orders", 0, offset) for offset in range(3)]
    assert [origins.add("late", place) for place in (*places[:2], places[0])] == [
        (True, True), (True, True), (False, False)
    ]  # fmt: skip
    assert [origins.add("refused", places[0])[0] for _ in range(2)] == [True, False]
    assert not origins.is_full
    assert [origins.add("late", places[2]) for _ in range(2)] == [(True, True)] * 2
    assert origins.is_full


def test_names_are_bounded() -> None:
    names = Names()
    for n in range(150):
        names.add(f"n{n:03}")
    names.add(None)
    assert names.sorted() == tuple(f"n{n:03}" for n in range(100))
    assert names.is_full
