"""Whatever lies in a topic, a scan finds what a naive reader finds, and kcat."""

import itertools
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import pytest
from confluent_kafka import Producer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readers.kafka import KafkaSource
from readers.newest import newest_records
from readers.raw_batches.connection import Address, BrokerConnection
from readers.raw_batches.follow import RawFollow
from readers.raw_batches.how import How
from readers.raw_batches.newest_batches import NewestBatches
from readers.raw_batches.plain import Plain
from readers.record import Record, Span
from readers.search import find_keys, find_texts
from readers.source import Batch, TopicInfo
from readers.wanted import EVERYTHING, Wanted
from tests.awkward import awkward_record
from tests.broker.broker import Broker
from tests.contract.rigs import KafkaRig
from tests.readers.test_kafka_gaps import COMPACTED
from tests.waiting import wait_until

PARTITIONS = 2
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
KEYS = (b"order-1", b"order-11", b"1", b"", None, b"k" * 64, b"\x00\xff", b"order-2", b"order-3")
VALUES = (b"{}", b'{"id":"order-1"}', b"\x0eorder-1", b"", None, rb"\u006frder-1", b"x" * 2_000)


class Sent(NamedTuple):
    """Records in one batch of one writer; a transaction of it may end with them."""

    writer: int
    is_transactional: bool
    partition: int
    records: tuple[tuple[bytes | None, bytes | None], ...]
    ends: str


SENT = st.builds(
    Sent,
    st.integers(0, len(CODECS) - 1),
    st.booleans(),
    st.integers(0, PARTITIONS - 1),
    st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), min_size=1, max_size=6).map(
        tuple
    ),
    st.sampled_from(["", "commit", "abort"]),
)
WANTED = st.builds(
    Wanted,
    st.none() | st.frozensets(st.sampled_from(KEYS), max_size=6),
    st.lists(st.sampled_from([b"order-1", b"1", b"no such text"]), max_size=2).map(tuple),
    st.booleans(),
)


class Writers:
    """A plain and a transactional producer for each compression, for all examples."""

    def __init__(self, bootstrap: str, suffix: str) -> None:
        self._made: dict[tuple[int, bool], Producer] = {}
        self._bootstrap = bootstrap
        self._suffix = suffix
        self._open: set[int] = set()

    def send(self, topic: str, sent: Sent) -> None:
        writer = self._writer(sent.writer, sent.is_transactional)
        if sent.is_transactional and sent.writer not in self._open:
            writer.begin_transaction()
            self._open.add(sent.writer)
        for key, value in sent.records:
            writer.produce(topic, value, key, sent.partition)
        assert writer.flush(60) == 0
        if sent.is_transactional and sent.ends:
            self._end(sent.writer, sent.ends)

    def end(self) -> None:
        """Abort what is open: with an open transaction a topic has no end to wait for."""
        for number in list(self._open):
            self._end(number, "abort")

    def _end(self, number: int, how: str) -> None:
        getattr(self._writer(number, True), f"{how}_transaction")(10)
        self._open.discard(number)

    def _writer(self, number: int, is_transactional: bool) -> Producer:
        made = self._made.get((number, is_transactional))
        if made is not None:
            return made
        config = {
            "bootstrap.servers": self._bootstrap,
            "compression.type": CODECS[number],
            "linger.ms": 5,
            "log_level": 0,
        }
        if is_transactional:
            config["transactional.id"] = f"scan-{self._suffix}-{number}"
        made = self._made[number, is_transactional] = Producer(config)
        if is_transactional:
            made.init_transactions(10)
        return made


@pytest.fixture(scope="module")
def rig(broker: Broker) -> Iterator[KafkaRig]:
    rig = KafkaRig(broker)
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def writers(broker: Broker, rig: KafkaRig) -> Writers:
    return Writers(broker.bootstrap, rig.topic())


@pytest.fixture(scope="module")
def sources(broker: Broker) -> Iterator[dict[str, KafkaSource]]:
    """A reader of each isolation level."""
    levels = ("read_committed", "read_uncommitted")
    made = {level: KafkaSource(broker.bootstrap, {"isolation.level": level}) for level in levels}
    yield made
    for source in made.values():
        source.close()


def ordered(records: Sequence[Record]) -> list[Record]:
    """By partition; each partition's in the order in which they came."""
    return sorted(records, key=lambda record: record.partition)


def settled(source: KafkaSource, topic: str) -> TopicInfo:
    def is_settled() -> bool:
        (info,) = source.topics([topic])
        return all(each.end_exclusive == each.high_watermark for each in info.partitions)

    wait_until(is_settled)
    (info,) = source.topics([topic])
    return info


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(st.lists(SENT, min_size=1, max_size=12), st.lists(WANTED, min_size=4, max_size=8), st.data())
def test_a_scan_finds_what_reading_everything_finds(
    broker: Broker,
    rig: KafkaRig,
    writers: Writers,
    sources: dict[str, KafkaSource],
    writes: list[Sent],
    questions: list[Wanted],
    data: st.DataObject,
) -> None:
    topic = rig.topic(PARTITIONS)
    for sent in writes:
        writers.send(topic, sent)
    writers.end()
    for source in sources.values():
        info = settled(source, topic)
        everything = records_in(source.read(info.spans))
        assert_scans_agree(
            source, everything, [inside(span, data) for span in info.spans], questions
        )
        assert_searches_agree(source, everything, info, questions)
    for level, source in sources.items():
        assert_the_newest_and_the_rest_are_all(broker, source, topic, level)
    assert_kcat_agrees(broker, sources["read_committed"], topic)


@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(st.lists(SENT, min_size=1, max_size=6), st.lists(WANTED, min_size=3, max_size=5))
def test_a_scan_of_a_compacted_topic_finds_what_reading_everything_finds(
    broker: Broker,
    rig: KafkaRig,
    writers: Writers,
    sources: dict[str, KafkaSource],
    writes: list[Sent],
    questions: list[Wanted],
) -> None:
    topic = rig.topic(PARTITIONS, COMPACTED)
    for sent in [*writes, *writes]:
        writers.send(topic, keyed(sent))
    writers.end()
    count, seconds = 2 * sum(len(sent.records) for sent in writes), itertools.count()
    wait_until(
        lambda: is_compacted(rig, sources["read_uncommitted"], topic, count, next(seconds)),
        every_s=0.2,
    )
    for source in sources.values():
        info = settled(source, topic)
        for wanted in [EVERYTHING, *questions]:
            wait_until(partial(agree, source, wanted, info.spans))


def keyed(sent: Sent) -> Sent:
    """A compacted topic takes no record without a key."""
    return sent._replace(records=tuple((key or b"none", value) for key, value in sent.records))


def is_compacted(rig: KafkaRig, source: KafkaSource, topic: str, count: int, seconds: int) -> bool:
    """Whether some of so many records are gone, after later ones began a new segment."""
    at_ms = int(time.time() * 1000) + seconds * 1000
    later = awkward_record(key=b"later", timestamp_ms=at_ms)._replace(topic=topic)
    rig.append(later._replace(partition=number) for number in range(PARTITIONS))
    (info,) = source.topics([topic])
    left = [each for each in records_in(source.read(info.spans)) if each.key != b"later"]
    return len(left) < count


def agree(source: KafkaSource, wanted: Wanted, spans: Sequence[Span]) -> bool:
    """Whether both find the same, while records may still be removed."""
    expected = [each for each in records_in(source.read(spans)) if wanted.holds(each)]
    return ordered(records_in(source.scan(wanted, spans))) == ordered(expected)


def inside(span: Span, data: st.DataObject) -> Span:
    start = data.draw(st.integers(span.start, span.end_exclusive))
    return replace(
        span, start=start, end_exclusive=data.draw(st.integers(start, span.end_exclusive))
    )


def records_in(batches: Iterator[Batch]) -> list[Record]:
    return [record for batch in batches for record in batch.records]


def assert_scans_agree(
    source: KafkaSource,
    everything: Sequence[Record],
    spans: Sequence[Span],
    questions: Sequence[Wanted],
) -> None:
    ends = {span.partition: span for span in spans}
    within = [
        record
        for record in everything
        if ends[record.partition].start <= record.offset < ends[record.partition].end_exclusive
    ]
    for wanted in [EVERYTHING, *questions]:
        expected = [record for record in within if wanted.holds(record)]
        assert ordered(records_in(source.scan(wanted, spans))) == ordered(expected)


def assert_each_start_agrees(source: KafkaSource, everything: Sequence[Record], span: Span) -> None:
    """From each offset on, also from inside a transaction or from its marker."""
    mine = [record for record in everything if record.partition == span.partition]
    for start in range(span.start, span.end_exclusive):
        scanned = records_in(source.scan(EVERYTHING, [replace(span, start=start)]))
        assert scanned == [record for record in mine if record.offset >= start]


def assert_searches_agree(
    source: KafkaSource,
    everything: Sequence[Record],
    info: TopicInfo,
    questions: Sequence[Wanted],
) -> None:
    for wanted in questions:
        exact = Wanted(wanted.keys or None, wanted.texts)
        steps = (
            find_keys(source, exact.keys, [info], info.spans, texts=exact.texts)
            if exact.keys
            else find_texts(source, exact.texts, info.spans)
        )
        found = [record for step in steps for record in step.records]
        assert ordered(found) == ordered([each for each in everything if exact.holds(each)])


def assert_the_newest_and_the_rest_are_all(
    broker: Broker, source: KafkaSource, topic: str, level: str
) -> None:
    (info,) = source.topics([topic])
    everything, committed = records_in(source.read(info.spans)), level == "read_committed"
    for limit in (1, 5, 1_000):
        host, port = broker.bootstrap.split(":")
        at = {span.topic_partition: span.start for span in info.spans}
        how = How(lambda: BrokerConnection("test", {}, committed=committed), committed, 10.0)
        follow = RawFollow(dict.fromkeys(at, Address(host, int(port))), how)
        batches, newest = NewestBatches(Plain()), newest_records(limit)
        deadline = time.monotonic() + 30
        while at != {span.topic_partition: span.end_exclusive for span in info.spans}:
            assert time.monotonic() < deadline, at
            for response in follow.turn(at):
                batches.add(response)
                at[response.place] = response.span.end_exclusive
        follow.close()
        batches.give(newest, limit)
        chosen, passed = newest.chosen()
        kept = [record for each in chosen.values() for record in each]
        rest = records_in(source.read([each.span for each in passed]))
        assert len(kept) == min(limit, len(everything))
        assert sum(each.count for each in passed) == len(rest)
        assert sorted([*kept, *rest], key=by_offset) == sorted(everything, key=by_offset)


def by_offset(record: Record) -> tuple[int, int]:
    return record.partition, record.offset


def assert_kcat_agrees(broker: Broker, source: KafkaSource, topic: str) -> None:
    kcat = shutil.which("kcat")
    if kcat is None:  # it is no package of Python's: where it is missing the rest is tested alone
        return
    command = [kcat, "-C", "-b", broker.bootstrap, "-t", topic, "-e", "-q", "-f", "%p %o\\n"]
    command += ["-X", "isolation.level=read_committed", "-X", "fetch.wait.max.ms=10"]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    scanned = records_in(source.scan(EVERYTHING, source.topics([topic])[0].spans))
    assert sorted(told.splitlines()) == sorted(f"{r.partition} {r.offset}" for r in scanned)
