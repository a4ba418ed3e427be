"""Where a reader begins and ends, said as a point in each partition."""

import pytest

from readers.record import Position, TopicPartition
from replay.ranges import (
    AtOffset,
    AtTime,
    Beginning,
    End,
    LastRecords,
    Point,
    choose_partitions,
    positions,
    spans_between,
    starts,
)
from tests.fakes import START_MS, FakeSource, record_of

RECORDS = [
    record_of("a", p, offset, timestamp_ms=START_MS + offset * 1000)
    for p, first in ((0, 0), (1, 6))
    for offset in range(first, 10)
]
PLACES = [TopicPartition("a", 0), TopicPartition("a", 1)]
SOURCE = FakeSource(RECORDS, partitions=2)


@pytest.mark.parametrize(
    ("point", "offsets"),
    [
        (Beginning(), (0, 6)),
        (End(), (10, 10)),
        (LastRecords(3), (7, 7)),
        (LastRecords(8), (2, 6)),
        (LastRecords(0), (10, 10)),
        (AtOffset(7), (7, 7)),
        (AtOffset(3), (3, 6)),
        (AtOffset(99), (10, 10)),
        (AtTime(START_MS + 7500), (8, 8)),
        (AtTime(START_MS), (0, 6)),
        (AtTime(START_MS + 99_000), (10, 10)),
    ],
)
def test_a_point_is_an_offset_in_each_partition(point: Point, offsets: tuple[int, int]) -> None:
    bounds = choose_partitions(SOURCE.topics(), None)
    assert starts(SOURCE, bounds, point) == dict(zip(PLACES, offsets, strict=True))


def test_partitions_may_be_chosen_by_number() -> None:
    assert [*choose_partitions(SOURCE.topics(), {1, 7})] == [PLACES[1]]
    assert [*choose_partitions(SOURCE.topics(), None)] == PLACES


def test_spans_end_where_their_partition_does_or_at_an_offset_before() -> None:
    bounds = choose_partitions(SOURCE.topics(), None)
    begins = starts(SOURCE, bounds, Beginning())
    assert [s.end_exclusive for s in spans_between(begins, bounds)] == [10, 10]
    assert [s.end_exclusive for s in spans_between(begins, bounds, 8)] == [8, 8]
    assert [s.end_exclusive for s in spans_between(begins, bounds, 99)] == [10, 10]


def test_a_span_that_ends_before_it_begins_is_empty() -> None:
    bounds = choose_partitions(SOURCE.topics(), None)
    assert [s.width for s in spans_between(starts(SOURCE, bounds, End()), bounds, 8)] == [0, 0]


def test_offsets_become_positions() -> None:
    assert positions({PLACES[1]: 7}) == [Position("a", 1, 7)]
