"""Offsets that hold no record, topics that change while they are read: nothing of it is silent."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from readers.errors import SourceRefused
from readers.kafka import KafkaSource
from readers.record import Position, Record, Span
from readers.record import TopicPartition as Place
from readers.source import Batch, Notice, NoticeKind
from tests.awkward import NOW_MS, awkward_record
from tests.broker.broker import Broker
from tests.broker.raw_header import produce_with_header_names
from tests.contract.rigs import ANY_TIMESTAMP, KafkaRig
from tests.told_time import ToldTime
from tests.waiting import wait_until

COMPACTED = {
    **ANY_TIMESTAMP,
    "cleanup.policy": "compact",
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.001",
    "max.compaction.lag.ms": "100",
}


@pytest.fixture
def rig(broker: Broker) -> Iterator[KafkaRig]:
    rig = KafkaRig(broker)
    yield rig
    rig.close()


@pytest.fixture
def clock() -> ToldTime:
    return ToldTime()


@pytest.fixture
def source(broker: Broker, clock: ToldTime) -> Iterator[KafkaSource]:
    source = KafkaSource(broker.bootstrap, {}, clock=clock)
    yield source
    source.close()


@pytest.fixture
def admin(broker: Broker) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})


def named(topic: str, value: bytes, partition: int = 0) -> Record:
    return awkward_record(value, partition=partition)._replace(topic=topic)


def values(batches: list[Batch]) -> list[bytes | None]:
    return [record.value for batch in batches for record in batch.records]


def notices(batches: list[Batch]) -> list[Notice]:
    return [notice for batch in batches for notice in batch.notices]


def steps(tail: Iterator[Batch], enough: Callable[[list[Batch]], bool]) -> list[Batch]:
    """The batches it takes until there is enough in them."""
    found: list[Batch] = []

    def one_more() -> bool:
        found.append(next(tail))
        return enough(found)

    wait_until(one_more, every_s=0)
    return found


def transactions(broker: Broker, topic: str) -> Producer:
    """Committed a and b, aborted x and y, committed c, and open z; the producer of z."""
    config = {"bootstrap.servers": broker.bootstrap, "transactional.id": topic, "log_level": 0}
    producer = Producer(config)
    producer.init_transactions(60)
    for content, end in (("ab", "commit"), ("xy", "abort"), ("c", "commit"), ("z", "")):
        producer.begin_transaction()
        for letter in content:
            producer.produce(topic, letter, partition=0)
        assert producer.flush(60) == 0
        if end:
            getattr(producer, f"{end}_transaction")(60)
    return producer


def test_transactions_show_what_is_committed(
    broker: Broker, rig: KafkaRig, source: KafkaSource
) -> None:
    topic = rig.topic()
    producer = transactions(broker, topic)
    (info,) = source.topics([topic])
    (bounds,) = info.partitions
    # a b commit x y abort c commit | z
    assert (bounds.start, bounds.end_exclusive, bounds.high_watermark) == (0, 8, 9)
    batches = list(source.read(info.spans))
    assert values(batches) == [b"a", b"b", b"c"]
    assert [batch.reached for batch in batches if batch.reached][-1] == {Place(topic, 0): 8}
    producer.abort_transaction(60)


def test_a_span_may_begin_and_end_among_aborted_records(
    broker: Broker, rig: KafkaRig, source: KafkaSource
) -> None:
    topic = rig.topic()
    producer = transactions(broker, topic)
    batches = list(source.read([Span(topic, 0, 1, 4), Span(topic, 0, 4, 5)]))
    assert values(batches) == [b"b"]
    assert [batch.reached for batch in batches if batch.reached][-1] == {Place(topic, 0): 5}
    producer.abort_transaction(60)


def test_read_uncommitted_shows_aborted_and_open_records_too(broker: Broker, rig: KafkaRig) -> None:
    topic = rig.topic()
    producer = transactions(broker, topic)
    source = KafkaSource(broker.bootstrap, {"isolation.level": "read_uncommitted"})
    batches = list(source.read(source.topics([topic])[0].spans))
    assert values(batches) == [b"a", b"b", b"x", b"y", b"c", b"z"]
    source.close()
    producer.abort_transaction(60)


def test_a_follow_waits_behind_an_open_transaction(
    broker: Broker, rig: KafkaRig, source: KafkaSource
) -> None:
    topic = rig.topic()
    producer = transactions(broker, topic)
    tail = source.follow([Position(topic, 0, 8)])
    assert [next(tail).records for _ in range(5)] == [()] * 5
    producer.commit_transaction(60)
    assert values(steps(tail, lambda found: bool(values(found)))) == [b"z"]


def test_compacted_offsets_are_passed(rig: KafkaRig, source: KafkaSource) -> None:
    topic = rig.topic(config=COMPACTED)
    assert source.topics([topic])[0].compacted
    kept: list[Record] = []
    seconds = count()

    def gaps() -> bool:
        nonlocal kept
        # A later timestamp begins a new segment, and all but the last segment are compacted.
        later = awkward_record(b"v", timestamp_ms=NOW_MS + next(seconds) * 1000)
        rig.append([later._replace(topic=topic)])
        batches = list(source.read(source.topics([topic])[0].spans))
        kept = [record for batch in batches for record in batch.records]
        return kept[0].offset > 0

    wait_until(gaps, every_s=0.2)
    (bounds,) = source.topics([topic])[0].partitions
    assert kept[-1].offset == bounds.end_exclusive - 1


def test_expired_offsets_are_told_and_the_rest_is_read(
    rig: KafkaRig, source: KafkaSource, admin: AdminClient
) -> None:
    topic = rig.topic()
    rig.append(named(topic, b"%d" % n) for n in range(10))
    for future in admin.delete_records([TopicPartition(topic, 0, 7)]).values():
        future.result(30)
    batches = list(source.read([Span(topic, 0, 2, 9)]))
    (notice,) = notices(batches)
    assert (notice.kind, notice.start, notice.end_exclusive) == (NoticeKind.EXPIRED, 2, 7)
    assert values(batches) == [b"7", b"8"]


def test_a_span_that_expired_whole_is_done(
    rig: KafkaRig, source: KafkaSource, admin: AdminClient
) -> None:
    topic = rig.topic()
    rig.append(named(topic, b"%d" % n) for n in range(10))
    for future in admin.delete_records([TopicPartition(topic, 0, 7)]).values():
        future.result(30)
    batches = list(source.read([Span(topic, 0, 2, 5)]))
    (notice,) = notices(batches)
    assert (notice.start, notice.end_exclusive) == (2, 5)
    assert values(batches) == []


def test_a_follow_from_behind_the_end_is_told(rig: KafkaRig, source: KafkaSource) -> None:
    topic = rig.topic()
    rig.append([named(topic, b"0")])
    tail = source.follow([Position(topic, 0, 50)])
    (notice,) = notices(steps(tail, lambda found: bool(notices(found))))
    assert (notice.kind, notice.start, notice.end_exclusive) == (NoticeKind.TRUNCATED, 1, 50)
    rig.append([named(topic, b"1")])
    assert values(steps(tail, lambda found: bool(values(found)))) == [b"1"]


def test_unreadable_batches_are_skipped_and_told(
    broker: Broker, rig: KafkaRig, source: KafkaSource
) -> None:
    topic = rig.topic()
    for part in ([b"good0"], [b"first-of-a-bad-batch", b"second", b"third"], [b"good4"]):
        rig.append(named(topic, value) for value in part)
    broker.corrupt(topic, b"first-of-a-bad-batch")
    batches = list(source.read(source.topics([topic])[0].spans))
    assert values(batches) == [b"good0", b"good4"]
    told = [(notice.kind, notice.start, notice.end_exclusive) for notice in notices(batches)]
    assert told == [(NoticeKind.UNREADABLE, n, n + 1) for n in (1, 2, 3)]


def test_a_record_larger_than_the_client_takes_names_the_setting(
    broker: Broker, rig: KafkaRig
) -> None:
    topic = rig.topic()
    rig.append([named(topic, b"x" * 2_000_000)])
    source = KafkaSource(broker.bootstrap, {"receive.message.max.bytes": "1100000"})
    with pytest.raises(SourceRefused, match=r"-X receive\.message\.max\.bytes"):
        list(source.read([Span(topic, 0, 0, 1)]))
    source.close()


def test_added_partitions_are_followed_from_their_beginning(
    rig: KafkaRig, source: KafkaSource, admin: AdminClient, clock: ToldTime
) -> None:
    topic = rig.topic()
    tail = source.follow([Position(topic, 0, 0)])
    next(tail)
    admin.create_partitions([NewPartitions(topic, 3)])[topic].result(30)
    rig.append([named(topic, b"new", partition=2)])
    clock.now_s += 11
    batches = steps(tail, lambda found: bool(values(found)))
    (notice,) = notices(batches)
    assert (notice.kind, notice.partition) == (NoticeKind.PARTITIONS_ADDED, 1)
    assert values(batches) == [b"new"]


def remove(admin: AdminClient, source: KafkaSource, topic: str) -> None:
    admin.delete_topics([topic])[topic].result(30)
    wait_until(lambda: not source.topics([topic]))


def test_a_deleted_topic_is_told(
    rig: KafkaRig, source: KafkaSource, admin: AdminClient, clock: ToldTime
) -> None:
    topic = rig.topic()
    tail = source.follow([Position(topic, 0, 0)])
    next(tail)
    remove(admin, source, topic)
    clock.now_s += 11
    (notice,) = notices(steps(tail, lambda found: bool(notices(found))))
    assert notice.kind is NoticeKind.DELETED
    assert next(tail) == Batch()


def recreate(rig: KafkaRig, admin: AdminClient, source: KafkaSource, topic: str) -> None:
    """Another topic of the same name, with more records than the first had."""
    remove(admin, source, topic)
    wait_until(lambda: admin.create_topics([NewTopic(topic, 1)])[topic].exception(30) is None)
    rig.append(named(topic, b"new%d" % n) for n in range(5))


def test_a_topic_made_again_while_nobody_looked_is_never_read_as_the_old_one(
    rig: KafkaRig, source: KafkaSource, admin: AdminClient, clock: ToldTime
) -> None:
    topic = rig.topic()
    rig.append([named(topic, b"old")])
    tail = source.follow([Position(topic, 0, 0)])
    steps(tail, lambda found: values(found) == [b"old"])
    recreate(rig, admin, source, topic)
    clock.now_s += 60
    batches = steps(tail, lambda found: len(values(found)) >= 5)
    first = next(batch for batch in batches if batch.records or batch.notices)
    assert [notice.kind for notice in first.notices] == [NoticeKind.RECREATED]
    assert values(batches) == [b"new%d" % n for n in range(5)]


def test_a_topic_made_again_while_it_is_followed_is_told(
    rig: KafkaRig, source: KafkaSource, admin: AdminClient, clock: ToldTime
) -> None:
    topic = rig.topic()
    tail = source.follow([Position(topic, 0, 0)])
    next(tail)
    recreate(rig, admin, source, topic)
    clock.now_s += 11
    batches = steps(tail, lambda found: bool(notices(found)) and values(found)[-5:] == NEW_VALUES)
    assert [notice.kind for notice in notices(batches)] == [NoticeKind.RECREATED]


NEW_VALUES = [b"new%d" % n for n in range(5)]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([b"na\xffme"], ["na\ufffdme"]),
        ([b"a", b"na\xffme", b"b"], ["a", "na\ufffdme", "b"]),
        ([b"\xff", b"a", b"\xfe"], ["\ufffd", "a", "\ufffd"]),
    ],
)
def test_header_names_that_are_not_utf_8_end_nothing(
    broker: Broker, rig: KafkaRig, source: KafkaSource, names: list[bytes], shown: list[str]
) -> None:
    topic = rig.topic()
    for _ in range(20):  # the client's fault shows itself differently once a line has run often
        produce_with_header_names(broker.bootstrap, topic, *names)
    headers = [each.headers for b in source.read([Span(topic, 0, 0, 20)]) for each in b.records]
    assert headers == [tuple((name, b"h") for name in shown)] * 20
