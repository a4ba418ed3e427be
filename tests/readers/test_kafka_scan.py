"""Records found by whole batches on a real broker: what a naive reader finds, however they lie."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count

import pytest
from confluent_kafka import Producer
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import AdminClient

from readers.kafka import KafkaSource
from readers.record import Record, Span, TimestampType
from readers.scanning import kept
from readers.source import Batch, NoticeKind
from readers.wanted import EVERYTHING, Wanted
from tests.awkward import NOW_MS, awkward_record
from tests.broker.broker import Broker
from tests.broker.raw_header import produce_with_header_names
from tests.contract.rigs import KafkaRig
from tests.readers.test_kafka_gaps import COMPACTED, transactions
from tests.waiting import soon, wait_until

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


@pytest.fixture
def rig(broker: Broker) -> Iterator[KafkaRig]:
    rig = KafkaRig(broker)
    yield rig
    rig.close()


@pytest.fixture
def source(rig: KafkaRig) -> KafkaSource:
    return rig.open()


def whole(source: KafkaSource, topic: str) -> tuple[Span, ...]:
    (info,) = source.topics([topic])
    return info.spans


def found(batches: Iterator[Batch]) -> list[Record]:
    records = [record for batch in batches for record in batch.records]
    return sorted(records, key=lambda record: record.partition)


def values(batches: Sequence[Batch]) -> list[bytes | None]:
    return [record.value for batch in batches for record in batch.records]


def same(source: KafkaSource, wanted: Wanted, spans: Sequence[Span]) -> list[Record]:
    """What a scan finds, which has to be what reading and looking at each record finds."""
    scanned = found(source.scan(wanted, spans))
    assert scanned == found(kept(source.read(spans), wanted.holds))
    return scanned


def agree(source: KafkaSource, wanted: Wanted, spans: Sequence[Span]) -> bool:
    """Whether both find the same; they do not while the log is being compacted."""
    return found(source.scan(wanted, spans)) == found(kept(source.read(spans), wanted.holds))


def named(topic: str, n: int, *, value: bytes = b"{}") -> Record:
    return awkward_record(value, key=b"order-%d" % n)._replace(topic=topic)


def produce(broker: Broker, topic: str, codec: str, keys: Sequence[bytes | None]) -> None:
    """A batch with values that are worth compressing."""
    settings = {"bootstrap.servers": broker.bootstrap, "compression.type": codec, "linger.ms": 50}
    producer = Producer(settings)
    for key in keys:
        producer.produce(topic, b'{"by":"%s"}' % codec.encode() + b" " * 500, key, 0)
    assert producer.flush(60) == 0


def test_a_topic_may_mix_all_compressions(
    broker: Broker, rig: KafkaRig, source: KafkaSource
) -> None:
    topic = rig.topic()
    for codec in CODECS:
        produce(broker, topic, codec, [b"order-1", b"order-2", None, b"order-1"])
    packed = awkward_record(b" " * 500, key=b"order-1", timestamp_ms=None)
    broker.produce_with_java([packed._replace(topic=topic)] * 3, codec="snappy")
    ours = same(source, Wanted(frozenset({b"order-1"})), whole(source, topic))
    assert [record.offset for record in ours] == [
        *(offset for at in range(0, 20, 4) for offset in (at, at + 3)),
        *(20, 21, 22),
    ]


@pytest.mark.parametrize("level", ["read_committed", "read_uncommitted"])
def test_transactions_are_seen_as_a_reader_of_that_level_sees_them(
    broker: Broker, rig: KafkaRig, level: str
) -> None:
    topic = rig.topic()
    producer = transactions(broker, topic)
    source = KafkaSource(broker.bootstrap, {"isolation.level": level})
    batches = list(source.scan(EVERYTHING, [Span(topic, 0, 0, 9)]))
    seen = [b"a", b"b", b"c"] if level == "read_committed" else [*map(str.encode, "abxycz")]
    assert values(batches) == seen
    same(source, EVERYTHING, whole(source, topic))
    same(source, EVERYTHING, [Span(topic, 0, 1, 4), Span(topic, 0, 4, 5)])
    source.close()
    producer.abort_transaction(60)


def test_compacted_offsets_are_passed(rig: KafkaRig, source: KafkaSource) -> None:
    topic = rig.topic(config=COMPACTED)
    seconds = count()

    def gaps() -> bool:
        at_ms = NOW_MS + next(seconds) * 1000  # a later time begins a new segment
        later = [awkward_record(key=b"order-%d" % n, timestamp_ms=at_ms) for n in range(3)]
        rig.append(record._replace(topic=topic) for record in later)
        spans = whole(source, topic)
        return len(found(source.scan(EVERYTHING, spans))) < spans[0].width

    wait_until(gaps, every_s=0.2)
    spans = whole(source, topic)
    wanted = Wanted(frozenset({b"order-1"}))
    wait_until(lambda: agree(source, wanted, spans), every_s=0.1)
    batches = list(source.scan(EVERYTHING, spans))
    reached = [batch.reached for batch in batches if batch.reached]
    assert reached[-1] == {spans[0].topic_partition: spans[0].end_exclusive}


def test_offsets_that_are_deleted_in_mid_scan_are_told_and_the_rest_is_found(
    broker: Broker, rig: KafkaRig
) -> None:
    topic = rig.topic()
    rig.append(named(topic, n, value=b"x" * 100_000) for n in range(40))
    slow = KafkaSource(broker.bootstrap, {}, max_bytes_per_s=1_000_000)
    steps = slow.scan(EVERYTHING, [Span(topic, 0, 0, 40)])
    batches = [next(step for step in steps if step.records)]
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    for future in admin.delete_records([ClientPartition(topic, 0, 35)]).values():
        future.result(30)
    batches += steps
    (notice,) = [notice for batch in batches for notice in batch.notices]
    assert (notice.kind, notice.end_exclusive) == (NoticeKind.EXPIRED, 35)
    offsets = [record.offset for batch in batches for record in batch.records]
    assert notice.start is not None
    assert offsets == [*range(notice.start), *range(35, 40)]
    slow.close()


def test_log_append_times_and_missing_times_are_told(broker: Broker, rig: KafkaRig) -> None:
    appended = rig.topic(config={"message.timestamp.type": "LogAppendTime"})
    rig.append([named(appended, 1)])
    source = rig.open()
    (record,) = same(source, EVERYTHING, whole(source, appended))
    assert record.timestamp_type is TimestampType.APPEND


def test_a_batch_that_was_harmed_is_told_as_reading_tells_it(
    broker: Broker, rig: KafkaRig, source: KafkaSource
) -> None:
    topic = rig.topic()
    for n in range(3):
        rig.append([named(topic, n, value=b"value-%d" % n)])
    broker.corrupt(topic, b"value-1")
    batches = list(source.scan(EVERYTHING, whole(source, topic)))
    assert values(batches) == [b"value-0", b"value-2"]
    told = [notice for batch in batches for notice in batch.notices]
    assert [(notice.kind, notice.start) for notice in told] == [(NoticeKind.UNREADABLE, 1)]


def test_header_names_that_are_not_utf_8_end_nothing(
    broker: Broker, rig: KafkaRig, source: KafkaSource
) -> None:
    topic = rig.topic()
    rig.append([named(topic, 1)])
    produce_with_header_names(broker.bootstrap, topic, b"na\xffme")
    rig.append([named(topic, 2)])
    records = same(source, EVERYTHING, whole(source, topic))
    assert [record.headers for record in records] == [(), (("na\ufffdme", b"h"),), ()]


def test_a_record_of_thirty_megabytes_comes_whole(rig: KafkaRig, source: KafkaSource) -> None:
    topic = rig.topic()
    value = b"0123456789" * 3_000_000
    rig.append([named(topic, 1), named(topic, 2, value=value), named(topic, 3)])
    wanted = Wanted(frozenset({b"order-2"}), (value[-1_000:],))
    (record,) = found(source.scan(wanted, whole(source, topic)))
    assert record.value == value


def test_a_scan_that_is_left_leaves_no_thread_and_no_socket(rig: KafkaRig) -> None:
    topic, source = rig.topic(), rig.open()
    rig.append(named(topic, n, value=b"x" * 200_000) for n in range(50))
    spans, before = whole(source, topic), sockets()
    steps = source.scan(EVERYTHING, spans)
    next(step for step in steps if step.records)
    assert sockets() > before
    with soon():
        steps.close()  # type: ignore[attr-defined]
    wait_until(lambda: not scan_threads())
    wait_until(lambda: sockets() <= before)


def scan_threads() -> list[str]:
    names = (thread.name for thread in threading.enumerate())
    return [name for name in names if name.startswith(("raw-scan", "raw-batches"))]


def sockets() -> set[str]:
    """This process's open sockets."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # closed since
            found.add(os.readlink(f"/proc/self/fd/{number}"))
    return {name for name in found if name.startswith("socket:")}


def test_a_topic_that_is_gone_is_told(rig: KafkaRig, source: KafkaSource) -> None:
    topic = rig.topic()
    rig.append([named(topic, 1)])
    spans = whole(source, topic)
    assert len(found(source.scan(EVERYTHING, spans))) == 1
    rig.delete_topic(topic)
    (batch,) = [batch for batch in source.scan(EVERYTHING, spans) if batch.notices]
    assert [notice.kind for notice in batch.notices] == [NoticeKind.DELETED]
