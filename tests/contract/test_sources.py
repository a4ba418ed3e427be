"""What every source promises, whatever is behind it."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import pytest

from readers.errors import SourceRefused
from readers.record import Position, Record, Span, TimestampType, TopicPartition
from readers.scanning import found_in
from readers.source import Batch, ConnectionState, Source
from readers.topic_names import topic_names
from readers.wanted import EVERYTHING, Wanted
from tests.awkward import NOW_MS, PARTITIONS, awkward_records, twenty_megabytes
from tests.contract.rigs import Rig
from tests.waiting import ENOUGH_S, soon


def record(topic: str, n: int, *, partition: int = 0, at_ms: int | None = None) -> Record:
    """The n-th record of a topic; a second lies between one and the next."""
    stamp = NOW_MS + n * 1000 if at_ms is None else at_ms
    key, value = b"order-%d" % n, b'{"n":%d}' % n
    return Record(topic, partition, 0, stamp, TimestampType.CREATE, key, value)


def filled(rig: Rig, count: int = 9, partitions: int = 1) -> str:
    """A topic with records dealt to its partitions in turn."""
    topic = rig.topic(partitions)
    rig.append(record(topic, n, partition=n % partitions) for n in range(count))
    return topic


def records_in(batches: Iterable[Batch]) -> list[Record]:
    return [each for batch in batches for each in batch.records]


def everything(source: Source, topic: str) -> list[Record]:
    (info,) = source.topics([topic])
    return records_in(source.read(info.spans))


def step_until(batches: Iterator[Batch], enough: Callable[[list[Record]], bool]) -> list[Record]:
    """The records of the steps it takes until there are enough; a test that waits long fails."""
    found: list[Record] = []
    deadline = time.monotonic() + ENOUGH_S
    while not enough(found):
        assert time.monotonic() < deadline, f"only {len(found)} records came"
        found += next(batches).records
    return found


def numbers(records: Iterable[Record]) -> list[int]:
    return [int((each.key or b"-").split(b"-")[1]) for each in records]


def at_time(source: Source, here: TopicPartition) -> object:
    return source.offsets_at(0, [here])


def read_first(source: Source, here: TopicPartition) -> object:
    return next(source.read([Span(*here, 0, 1)]))


def follow_first(source: Source, here: TopicPartition) -> object:
    return next(source.follow([Position(*here, 0)]))


def test_a_topic_is_listed_with_its_bounds(rig: Rig) -> None:
    topic = filled(rig, count=5, partitions=2)
    (info,) = rig.open().topics([topic])
    assert [(b.partition, b.start, b.end_exclusive) for b in info.partitions] == [
        (0, 0, 3),
        (1, 0, 2),
    ]
    assert info.last_write_ms == NOW_MS + 4000
    assert info.error is None


def test_all_topics_are_listed_by_name(rig: Rig) -> None:
    made, source = {rig.topic(), rig.topic()}, rig.open()
    names = [info.name for info in source.topics()]
    assert made <= set(names)
    assert names == sorted(names) == list(topic_names(source))


def test_topics_that_do_not_exist_are_left_out(rig: Rig) -> None:
    topic, source = rig.topic(), rig.open()
    found = source.topics([topic, "no-such-topic", "not a name!"])
    assert [info.name for info in found] == [topic]
    assert "no-such-topic" not in {info.name for info in source.topics()}


def test_asking_for_no_topics_gives_none(rig: Rig) -> None:
    assert rig.open().topics([]) == ()


def test_a_source_has_a_name_and_an_identity(rig: Rig) -> None:
    source = rig.open()
    assert source.name
    assert source.cluster_id == source.cluster_id != ""


def test_a_topic_keeps_its_identity(rig: Rig) -> None:
    topic = rig.topic()
    ids = {source.topics([topic])[0].topic_id for source in (rig.open(), rig.open())}
    assert len(ids) == 1


def test_every_record_is_read_once_and_in_order(rig: Rig) -> None:
    topic = filled(rig, count=30, partitions=3)
    records = everything(rig.open(), topic)
    for partition in range(3):
        mine = [each for each in records if each.partition == partition]
        assert [each.offset for each in mine] == list(range(10))
        assert numbers(mine) == list(range(partition, 30, 3))


def test_a_span_gives_what_lies_in_it_and_nothing_else(rig: Rig) -> None:
    topic = filled(rig)
    assert numbers(records_in(rig.open().read([Span(topic, 0, 3, 6)]))) == [3, 4, 5]


def test_reading_in_pieces_equals_reading_whole(rig: Rig) -> None:
    topic = filled(rig, count=50)
    source = rig.open()
    whole = everything(source, topic)
    edges = [0, 1, 2, 17, 49, 50]
    pieces = [Span(topic, 0, *edge) for edge in pairwise(edges)]
    assert [each for piece in pieces for each in records_in(source.read([piece]))] == whole


def test_several_spans_of_one_partition_are_all_read(rig: Rig) -> None:
    topic = filled(rig)
    spans = [Span(topic, 0, 0, 2), Span(topic, 0, 5, 7)]
    assert numbers(records_in(rig.open().read(spans))) == [0, 1, 5, 6]


def test_reached_tells_how_far_a_read_is(rig: Rig) -> None:
    topic = filled(rig, count=6, partitions=2)
    source, reached = rig.open(), {}
    for batch in source.read(source.topics([topic])[0].spans):
        reached |= batch.reached
    assert reached == {TopicPartition(topic, 0): 3, TopicPartition(topic, 1): 3}


def test_an_empty_span_is_done_at_once(rig: Rig) -> None:
    topic = filled(rig)
    assert records_in(rig.open().read([Span(topic, 0, 4, 4)])) == []
    assert records_in(rig.open().read([])) == []


def test_an_empty_topic_has_bounds_and_no_records(rig: Rig) -> None:
    topic, source = rig.topic(), rig.open()
    (info,) = source.topics([topic])
    assert [(b.start, b.end_exclusive) for b in info.partitions] == [(0, 0)]
    assert info.last_write_ms is None
    assert everything(source, topic) == []


def test_a_read_ends_where_the_log_ends(rig: Rig) -> None:
    topic = filled(rig, count=3)
    assert numbers(records_in(rig.open().read([Span(topic, 0, 0, 1000)]))) == [0, 1, 2]


def test_a_follow_gives_what_is_there_and_then_what_is_appended(rig: Rig) -> None:
    topic = filled(rig, count=3)
    tail = rig.open().follow([Position(topic, 0, 1)])
    assert numbers(step_until(tail, lambda found: len(found) >= 2)) == [1, 2]
    rig.append([record(topic, 3)])
    assert numbers(step_until(tail, lambda found: len(found) >= 1)) == [3]


def test_a_step_of_a_follow_that_brings_nothing_comes_back_soon(rig: Rig) -> None:
    topic = filled(rig, count=1)
    tail = rig.open().follow([Position(topic, 0, 0)])
    step_until(tail, lambda found: len(found) == 1)
    with soon():
        assert next(tail).records == ()


def test_reads_inside_a_follow_lose_and_repeat_nothing(rig: Rig) -> None:
    topic = filled(rig, count=20)
    source = rig.open()
    tail = source.follow([Position(topic, 0, 0)])
    followed = records_in([next(tail)])
    for n in range(20, 26):
        assert numbers(records_in(source.read([Span(topic, 0, 2, 5)]))) == [2, 3, 4]
        rig.append([record(topic, n)])
        followed += next(tail).records
    followed += step_until(tail, lambda found: len(followed) + len(found) >= 26)
    assert numbers(followed) == list(range(26))


def test_two_reads_step_by_step_each_get_their_own(rig: Rig) -> None:
    first, second = filled(rig, count=40), filled(rig, count=40)
    source = rig.open()
    reads = [source.read(source.topics([topic])[0].spans) for topic in (first, second)]
    found: list[list[Record]] = [[], []]
    for _ in range(200):
        for read, mine in zip(reads, found, strict=True):
            mine += next(read, Batch()).records
        if min(map(len, found)) >= 40:
            break
    assert [{each.topic for each in mine} for mine in found] == [{first}, {second}]
    assert [numbers(mine) for mine in found] == [list(range(40))] * 2


def test_a_follow_can_be_left_and_another_begun(rig: Rig) -> None:
    topic, source = filled(rig, count=3), rig.open()
    for start in (0, 2):
        tail = source.follow([Position(topic, 0, start)])
        assert numbers(step_until(tail, bool))[0] == start
        tail.close()  # type: ignore[attr-defined]


def test_a_time_is_the_first_offset_at_or_after_it(rig: Rig) -> None:
    topic, source = filled(rig, count=5), rig.open()
    here = TopicPartition(topic, 0)
    for at_ms, offset in ((0, 0), (NOW_MS, 0), (NOW_MS + 1, 1), (NOW_MS + 4000, 4)):
        assert source.offsets_at(at_ms, [here]) == {here: offset}


def test_a_time_after_the_last_record_is_the_end(rig: Rig) -> None:
    topic, empty, source = filled(rig, count=5), rig.topic(), rig.open()
    places = [TopicPartition(topic, 0), TopicPartition(empty, 0)]
    assert list(source.offsets_at(NOW_MS + 4001, places).values()) == [5, 0]


def test_a_time_before_the_epoch_is_the_start(rig: Rig) -> None:
    topic, source = filled(rig, count=5), rig.open()
    here = TopicPartition(topic, 0)
    assert source.offsets_at(-1, [here]) == {here: 0}


def test_a_time_is_found_where_timestamps_go_backwards(rig: Rig) -> None:
    topic, source = rig.topic(), rig.open()
    rig.append(record(topic, n, at_ms=NOW_MS + at) for n, at in enumerate((0, 9000, 1000, 8000)))
    here = TopicPartition(topic, 0)
    assert source.offsets_at(NOW_MS + 5000, [here]) == {here: 1}


@pytest.mark.parametrize("absent", ["partition", "topic"])
@pytest.mark.parametrize("ask", [at_time, read_first, follow_first])
def test_what_does_not_exist_is_refused(
    rig: Rig, ask: Callable[[Source, TopicPartition], object], absent: str
) -> None:
    topic, source = filled(rig, count=1), rig.open()
    here = TopicPartition(topic, 7) if absent == "partition" else TopicPartition("no-such-topic", 0)
    with pytest.raises(SourceRefused, match=str(here)):
        ask(source, here)


def test_awkward_records_come_unharmed(rig: Rig) -> None:
    topic = rig.topic(PARTITIONS)
    expected = awkward_records(topic)
    rig.append(expected)
    found = {each.position: each for each in everything(rig.open(), topic)}
    assert len(found) == len(expected)
    for each in expected:
        assert found[each.position] == each


def test_a_record_of_twenty_megabytes_comes_whole(rig: Rig) -> None:
    topic = rig.topic()
    big = twenty_megabytes(topic)
    rig.append([big])
    (found,) = everything(rig.open(), topic)
    assert found.value == big.value


def found(source: Source, wanted: Wanted, spans: Sequence[Span]) -> list[Record]:
    """What a source finds, by partition."""
    records = records_in(found_in(source, wanted, spans))
    return sorted(records, key=lambda each: each.partition)


def test_records_are_found_by_their_exact_key(rig: Rig) -> None:
    topic = filled(rig, count=30, partitions=3)
    source = rig.open()
    (info,) = source.topics([topic])
    for names in ([b"order-1"], [b"order-1", b"order-11", b"order-2"], [b"order"], [None]):
        matching = [n for n in range(30) if b"order-%d" % n in names]
        assert sorted(numbers(found(source, Wanted(frozenset(names)), info.spans))) == matching


WANTED = (
    EVERYTHING,
    Wanted(frozenset({None})),
    Wanted(frozenset({b""})),
    Wanted(frozenset({b"order-4711", None})),
    Wanted(frozenset({bytes(range(256))})),
    Wanted(frozenset({b"no such key"})),
    Wanted(texts=(b"OrderP",)),
    Wanted(texts=(b"evil.test", b"\x1b")),
    Wanted(texts=("naïve".encode(),)),
    Wanted(texts=("\u202e".encode(),), escaped=True),
    Wanted(frozenset({b"order-4711"}), (b"999",)),
)


def test_awkward_records_are_found_by_what_they_hold(rig: Rig) -> None:
    topic = rig.topic(PARTITIONS)
    written = awkward_records(topic)
    rig.append(written)
    source = rig.open()
    (info,) = source.topics([topic])
    for wanted in WANTED:
        matching = [each for each in written if wanted.holds(each)]
        matching.sort(key=lambda each: each.partition)
        assert found(source, wanted, info.spans) == matching


def test_only_what_lies_in_the_spans_is_found(rig: Rig) -> None:
    topic = filled(rig, count=30)
    spans = [Span(topic, 0, 3, 6), Span(topic, 0, 20, 22), Span(topic, 0, 28, 1000)]
    assert numbers(found(rig.open(), EVERYTHING, spans)) == [3, 4, 5, 20, 21, 28, 29]
    assert found(rig.open(), EVERYTHING, []) == []


def test_finding_tells_how_far_it_is(rig: Rig) -> None:
    topic = filled(rig, count=6, partitions=2)
    source, reached = rig.open(), {}
    for batch in found_in(source, Wanted(frozenset({b"none"})), source.topics([topic])[0].spans):
        reached |= batch.reached
    assert reached == {TopicPartition(topic, 0): 3, TopicPartition(topic, 1): 3}


@pytest.mark.parametrize("absent", ["partition", "topic"])
def test_finding_in_what_does_not_exist_is_refused(rig: Rig, absent: str) -> None:
    topic, source = filled(rig, count=1), rig.open()
    here = TopicPartition(topic, 7) if absent == "partition" else TopicPartition("no-such-topic", 0)
    with pytest.raises(SourceRefused, match=str(here)):
        found(source, EVERYTHING, [Span(*here, 0, 1)])


def test_a_source_that_was_read_is_live(rig: Rig) -> None:
    topic, source = filled(rig), rig.open()
    everything(source, topic)
    assert source.connection().state is ConnectionState.LIVE


def test_a_source_can_be_closed_in_the_middle_of_a_follow(rig: Rig) -> None:
    topic, source = filled(rig), rig.open()
    next(source.follow([Position(topic, 0, 0)]))
    source.close()
