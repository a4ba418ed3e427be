"""Following at any rate, on every source: what is passed over is told exactly, and can be read."""

import time
from collections.abc import Sequence

from readers.newest import follow_newest
from readers.record import Position, Record, Span, TopicPartition
from readers.source import Batch
from tests.contract.rigs import Rig
from tests.contract.test_sources import filled, numbers, record, records_in
from tests.waiting import ENOUGH_S

MANY = 600
FEW_PER_S = 40


def followed(batches: Sequence[Batch]) -> tuple[list[Record], list[Span], int]:
    """The records, the spans passed over, and how many records those are said to hold."""
    passed = [each for batch in batches for each in batch.passed]
    return records_in(batches), [each.span for each in passed], sum(each.count for each in passed)


def follow_to(rig: Rig, topic: str, ends: dict[int, int], per_s: int) -> list[Batch]:
    """The batches of a follow from the beginning, until it has reached these offsets."""
    at = dict.fromkeys(ends, 0)
    batches: list[Batch] = []
    deadline = time.monotonic() + ENOUGH_S
    starts = [Position(topic, partition, 0) for partition in ends]
    for batch in follow_newest(rig.open(), starts, per_s):
        assert time.monotonic() < deadline, f"only {at} was reached"
        batches.append(batch)
        at |= {place.partition: offset for place, offset in batch.reached.items()}
        if at == ends:
            break
    return batches


def test_what_was_passed_over_can_be_read_and_is_exactly_what_is_missing(rig: Rig) -> None:
    topic = filled(rig, count=MANY, partitions=2)
    ends = {0: MANY // 2, 1: MANY // 2}
    records, spans, count = followed(follow_to(rig, topic, ends, FEW_PER_S))
    missing = records_in(rig.open().read(spans))
    assert 0 < len(records) < MANY
    assert count == len(missing) == MANY - len(records)
    assert sorted(numbers(records) + numbers(missing)) == list(range(MANY))


def test_the_newest_is_never_passed_over(rig: Rig) -> None:
    topic = filled(rig, count=MANY, partitions=2)
    ends = {0: MANY // 2, 1: MANY // 2}
    records, _, _ = followed(follow_to(rig, topic, ends, FEW_PER_S))
    assert numbers(records[-1:])[0] >= MANY - 2


def test_in_each_batch_what_was_passed_over_lies_before_the_records(rig: Rig) -> None:
    topic = filled(rig, count=MANY)
    at = 0
    for batch in follow_to(rig, topic, {0: MANY}, FEW_PER_S):
        for each in batch.passed:
            assert each.span.start == at
            at = each.span.end_exclusive
        for each_record in batch.records:
            assert each_record.offset == at
            at += 1
        assert batch.reached.get(TopicPartition(topic, 0), at) == at


def test_where_few_come_none_is_passed_over(rig: Rig) -> None:
    topic = filled(rig, count=30, partitions=3)
    records, spans, _ = followed(follow_to(rig, topic, dict.fromkeys(range(3), 10), 10_000))
    assert spans == []
    assert sorted(numbers(records)) == list(range(30))


def test_it_goes_on_with_what_is_appended(rig: Rig) -> None:
    topic = filled(rig, count=MANY)
    follow = follow_newest(rig.open(), [Position(topic, 0, MANY)], FEW_PER_S)
    next(follow)
    rig.append([record(topic, MANY)])
    deadline = time.monotonic() + ENOUGH_S
    while not (batch := next(follow)).records:
        assert time.monotonic() < deadline
    assert numbers(batch.records) == [MANY]
