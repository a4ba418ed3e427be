"""What is known of a key in a partition: put together, cut, and read again."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from readers.search_cache.scanned import (
    NEAR_OFFSETS,
    Scanned,
    Stretch,
    extend,
    few_areas,
    joined,
    without,
)

AREAS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda a: (a[0], sum(a))))
APART = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 8), st.integers(0, 2)), max_size=4)
"""Stretches, one behind the other: how far from the last one, how wide, and of which epoch."""


def offsets(areas: object) -> set[int]:
    return {at for first, end, *_ in areas for at in range(first, end)}  # type: ignore[attr-defined]


def known(*stretches: tuple[int, int, int], areas: tuple[tuple[int, int], ...] = ()) -> Scanned:
    return Scanned(tuple(Stretch(*each) for each in stretches), areas)


@given(AREAS)
def test_joined_areas_hold_the_same_offsets_and_are_apart(areas: list[tuple[int, int]]) -> None:
    found = joined(areas)
    assert offsets(found) == offsets(areas)
    assert all(end < first for (_, end), (first, _) in pairwise(found))


@given(AREAS, st.integers(0, 30), st.integers(1, 30))
def test_what_is_left_of_an_area(cuts: list[tuple[int, int]], start: int, width: int) -> None:
    left = without((start, start + width), cuts)
    assert offsets(left) == set(range(start, start + width)) - offsets(cuts)


@given(st.lists(APART, max_size=4))
def test_what_several_scans_looked_through_is_put_together(
    scans: list[list[tuple[int, int, int]]],
) -> None:
    both, epochs = Scanned(), dict[int, int]()
    for scan in scans:
        at, stretches = 0, []
        for gap, width, epoch in scan:
            stretches.append(Stretch(at + gap, at + gap + width, epoch))
            at += gap + width
        both = both.with_newer(Scanned(tuple(stretches)))
        epochs |= {at: each.epoch for each in stretches for at in range(*each[:2])}
    told = [(at, each.epoch) for each in both.stretches for at in range(*each[:2])]
    assert dict(told) == epochs
    assert len(told) == len(epochs)


def test_neighbours_of_one_epoch_are_one_and_of_two_are_not() -> None:
    both = known((0, 10, 1)).with_newer(known((10, 20, 1), (20, 30, 2)))
    assert both.stretches == (Stretch(0, 20, 1), Stretch(20, 30, 2))


def test_what_is_new_and_where_the_key_lies_is_to_be_read() -> None:
    one = known((0, 100, 1), (200, 300, 1), areas=((5, 6), (90, 220), (290, 291)))
    assert one.to_read(50, 400) == [(100, 200), (300, 400), (90, 220), (290, 291)]


def test_only_stretches_that_a_leader_vouches_for_are_believed() -> None:
    one = known((0, 10, 1), (10, 20, 1), (20, 30, 2), (30, 40, 3))
    assert one.believed({1: 15, 2: 30}).stretches == (Stretch(0, 10, 1), Stretch(20, 30, 2))


def test_places_that_are_near_are_read_as_one() -> None:
    areas: list[tuple[int, int]] = []
    for offset in (5, 6, 6 + NEAR_OFFSETS, 9 + 2 * NEAR_OFFSETS):
        extend(areas, offset)
    assert areas == [(5, 7 + NEAR_OFFSETS), (9 + 2 * NEAR_OFFSETS, 10 + 2 * NEAR_OFFSETS)]


def test_a_key_that_is_everywhere_takes_no_more_room_than_others() -> None:
    kept = few_areas((at, at + 1) for at in range(0, 50_000_000, 5_000))
    assert len(kept) <= 2_000
    held = [at for first, end in kept for at in range(first, end, 5_000)]
    assert held == list(range(0, 50_000_000, 5_000))
