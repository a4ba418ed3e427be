"""Where a key is searched: only where the topic's own records show that it can be."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from readers.partition_check import SAMPLE_RECORDS, KeyPlaces, key_places, verify_partitioner
from readers.partitioners import java_partition, librdkafka_partition
from readers.record import Record
from readers.search import find_key, find_keys
from readers.source import TopicInfo
from tests.fakes import FakeSource, record_of

TOPIC = "order-events"
PARTITIONS = 6
RECORDS = 15_000
"""So many that leaving partitions out is worth a sample."""
T = TypeVar("T")
Put = Callable[[bytes, int], int]


def anywhere(key: bytes, count: int) -> int:
    """A partitioner of someone's own."""
    return len(key) * 7 % count


def filled(
    put: Put, *, records: int = RECORDS, keys: int = 200, partitions: int = PARTITIONS
) -> FakeSource:
    source = FakeSource(partitions=partitions, topics=[TOPIC])
    append(source, put, range(records), keys=keys, partitions=partitions)
    return source


def append(
    source: FakeSource,
    put: Put,
    numbers: Sequence[int],
    *,
    keys: int = 200,
    partitions: int = PARTITIONS,
) -> None:
    (topic,) = source.topics([TOPIC])
    ends = {bounds.partition: bounds.end_exclusive for bounds in topic.partitions}
    for number in numbers:
        key = b"order-%d" % (number % keys)
        partition = put(key, partitions)
        offset = ends.get(partition, 0)
        ends[partition] = offset + 1
        source.add(record_of(TOPIC, partition, offset, key=key))


def info(source: FakeSource) -> TopicInfo:
    (topic,) = source.topics([TOPIC])
    return topic


def done(steps: Generator[None, None, T]) -> T:
    """What the steps come to."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def places(source: FakeSource, *keys: bytes | None, everywhere: bool = False) -> KeyPlaces:
    topic = info(source)
    return done(key_places(source, keys, [topic], topic.spans, everywhere=everywhere))


def numbers(of: KeyPlaces) -> tuple[list[int], list[int]]:
    return [span.partition for span in of.first], [span.partition for span in of.rest]


@pytest.mark.parametrize(
    ("put", "name"), [(java_partition, "murmur2"), (librdkafka_partition, "CRC32")]
)
def test_a_partitioner_that_explains_every_record_is_believed_and_said(put: Put, name: str) -> None:
    source = filled(put)
    found = places(source, b"order-17")
    right = put(b"order-17", PARTITIONS)
    assert numbers(found) == ([right], [])
    assert found.said.startswith(f"{TOPIC}: only partition {right} can hold the key ({name}")
    assert found.said.endswith("verified on 1,992 records).")


def test_not_more_is_sampled_than_is_said() -> None:
    source = filled(java_partition)
    verified = done(verify_partitioner(source, info(source)))
    assert verified is not None
    assert verified.sampled <= SAMPLE_RECORDS
    assert sum(span.width for span in source.reads) <= SAMPLE_RECORDS


def test_keys_that_lie_elsewhere_are_searched_everywhere_the_likely_partitions_first() -> None:
    found = places(filled(anywhere), b"order-17")
    likely = {put(b"order-17", PARTITIONS) for put in (java_partition, librdkafka_partition)}
    first, rest = numbers(found)
    assert set(first) == likely
    assert sorted(first + rest) == list(range(PARTITIONS))
    assert found.said == ""


def test_one_record_elsewhere_among_the_sampled_is_enough_to_search_everywhere() -> None:
    source = filled(java_partition)
    append(source, lambda key, count: (java_partition(key, count) + 1) % count, [3])
    assert numbers(places(source, b"order-17"))[1]


@pytest.mark.parametrize(("before", "now"), [(1, 2), (1, 6), (1, 12), (2, 24), (3, 6), (12, 48)])
def test_records_from_before_partitions_were_added_are_noticed(before: int, now: int) -> None:
    source = FakeSource(partitions=now, topics=[TOPIC])
    append(source, lambda key, _: java_partition(key, before), range(6_000), partitions=now)
    append(source, java_partition, range(6_000), partitions=now)
    assert done(verify_partitioner(source, info(source))) is None


def test_a_topic_of_large_records_is_not_read_for_the_sample() -> None:
    source = FakeSource(partitions=PARTITIONS, topics=[TOPIC], batch_size=1)
    for n in range(90):
        key = b"order-%d" % n
        partition = java_partition(key, PARTITIONS)
        source.add(record_of(TOPIC, partition, n, key=key, value=b"x" * 1_000_000))
    steps = verify_partitioner(source, info(source))
    assert sum(1 for _ in steps) < 40


def test_records_of_a_few_keys_prove_nothing() -> None:
    source = filled(java_partition, keys=19)
    assert done(verify_partitioner(source, info(source))) is None
    assert numbers(places(source, b"order-17"))[1]


def test_records_without_keys_prove_nothing() -> None:
    source = FakeSource(partitions=PARTITIONS, topics=[TOPIC])
    for n in range(300):
        source.add(record_of(TOPIC, n % PARTITIONS, n // PARTITIONS, key=None if n % 2 else b""))
    assert done(verify_partitioner(source, info(source))) is None


def test_a_partition_that_cannot_be_read_leaves_the_count_unknown() -> None:
    source = filled(java_partition)
    topic = info(source)
    for harmed in (
        replace(topic, partitions=topic.partitions[:3], error="partition 5 has no leader"),
        replace(topic, partitions=topic.partitions[1:]),
    ):
        assert done(verify_partitioner(source, harmed)) is None


@pytest.mark.parametrize("key", [None, b""])
def test_a_null_or_empty_key_can_be_anywhere(key: bytes | None) -> None:
    source = filled(java_partition)
    first, rest = numbers(places(source, key))
    assert sorted(first + rest) == list(range(PARTITIONS))
    assert source.reads == []


def test_several_keys_are_searched_where_any_of_them_can_be() -> None:
    source = filled(java_partition)
    keys = [b"order-1", b"order-2", b"order-3"]
    found = places(source, *keys)
    assert set(numbers(found)[0]) == {java_partition(key, PARTITIONS) for key in keys}
    assert "only partitions " in found.said


def test_asked_to_search_everywhere_nothing_is_sampled() -> None:
    source = filled(java_partition)
    first, rest = numbers(places(source, b"order-17", everywhere=True))
    assert sorted(first + rest) == list(range(PARTITIONS))
    assert source.reads == []


def test_what_is_searched_at_once_needs_no_proof() -> None:
    source = filled(java_partition, records=600)
    assert places(source, b"order-17").said == ""
    assert source.reads == []


def test_one_partition_needs_no_proof() -> None:
    source = filled(java_partition, partitions=1)
    assert places(source, b"order-17").said == ""
    assert source.reads == []


def found(source: FakeSource, key: bytes, *, everywhere: bool = False) -> list[Record]:
    topic = info(source)
    steps = find_key(source, key, [topic], topic.spans, everywhere=everywhere)
    return [record for step in steps for record in step.records]


def test_a_search_says_where_it_looks_and_ends_at_its_total() -> None:
    source = filled(java_partition)
    topic = info(source)
    steps = list(find_keys(source, [b"order-17"], [topic], topic.spans))
    steps = [step for step in steps if step.said or step.searched]
    width = topic.spans[java_partition(b"order-17", PARTITIONS)].width
    assert steps[0].said
    assert {step.total for step in steps} == {width}
    assert steps[-1].searched == width
    assert [step.searched for step in steps] == sorted(step.searched for step in steps)


@pytest.mark.parametrize("put", [java_partition, librdkafka_partition, anywhere])
def test_a_key_is_found_wherever_its_partitioner_put_it(put: Put) -> None:
    source = filled(put)
    assert len(found(source, b"order-17")) == 75
    assert found(source, b"order-17") == found(source, b"order-17", everywhere=True)
