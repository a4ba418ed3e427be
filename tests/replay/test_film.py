"""A film: what was told by its clock is there, and nothing else."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.errors import SourceRefused, SourceUnreachable
from readers.partitioners import java_partition
from readers.record import Position, Record, Span, TopicPartition
from readers.recording import RecordingSource
from readers.search import find_key
from readers.source import Batch, Source
from replay.film import FilmClock, FilmSource
from replay.player import MAX_SPEED, StoryClock
from replay.ranges import AtOffset, AtTime, Beginning
from replay.transfer.picks import Picks, select
from tests.fakes import START_MS, FakeSource, record_of, records_of
from tests.replay.transfer.places import recorded, whole
from tests.told_time import ToldTime
from tests.waiting import wait_until

TOPIC = "order-events"


@pytest.fixture
def time() -> ToldTime:
    return ToldTime()


def clock_of(time: ToldTime, *, speed: float = 1.0, rate: float | None = None) -> FilmClock:
    return FilmClock(StoryClock(time, speed=speed), rate)


def film_of(source: Source, clock: FilmClock, picks: Picks | None = None) -> FilmSource:
    return FilmSource(source, whole(source, TOPIC, picks=picks), clock)


def there(film: FilmSource) -> set[Position]:
    """Where the film's records lie, by reading all of it."""
    (topic,) = film.topics([TOPIC])
    return {record.position for batch in film.read(topic.spans) for record in batch.records}


def told_by(records: list[Record], time_ms: float) -> set[Position]:
    """The naive rule: a partition shows a record once it and all before it have their time."""
    positions = set()
    last: dict[int, int] = {}
    for record in sorted(records, key=lambda each: each.offset):
        own_ms = record.timestamp_ms or 0
        last[record.partition] = max(last.get(record.partition, own_ms), own_ms)
        if last[record.partition] <= time_ms:
            positions.add(record.position)
    return positions


def test_it_begins_with_the_first_record_and_goes_on_as_time_passes(time: ToldTime) -> None:
    records = records_of(9)
    film = film_of(FakeSource(records), clock_of(time))
    assert there(film) == {records[0].position}
    time.now_s += 3.5
    assert there(film) == {record.position for record in records[:4]}
    (topic,) = film.topics()
    assert topic.last_write_ms == records[3].timestamp_ms
    assert [bounds.end_exclusive for bounds in topic.partitions] == [2, 1, 1]


@given(
    times=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60_000)), min_size=1, max_size=40),
    after_ms=st.lists(st.integers(0, 30_000), min_size=1, max_size=4),
)
def test_at_any_time_it_shows_what_the_naive_rule_shows(
    times: list[tuple[int, int]], after_ms: list[int]
) -> None:
    counts = [0, 0, 0]
    records = []
    for partition, ms in times:
        records.append(record_of(TOPIC, partition, counts[partition], timestamp_ms=START_MS + ms))
        counts[partition] += 1
    time = ToldTime()
    film = film_of(FakeSource(records), clock_of(time, speed=1_000.0))
    there(film)
    first_ms = min(record.timestamp_ms or 0 for record in records if record.offset == 0)
    passed_ms = 0
    for ms in after_ms:
        time.now_s += ms / 1_000_000
        passed_ms += ms
        at_ms = first_ms + passed_ms
        assert told_by(records, at_ms - 1) <= there(film) <= told_by(records, at_ms + 1)


def followed(steps: Iterator[Batch], count: int) -> list[Record]:
    found: list[Record] = []
    for _ in range(count):
        batch = next(steps)
        found += batch.records
    return found


def test_a_follow_gets_each_record_once_in_the_order_of_time(time: ToldTime) -> None:
    records = records_of(30)
    film = film_of(FakeSource(records), clock_of(time, speed=1_000.0))
    steps = film.follow([Position(TOPIC, partition, 0) for partition in range(3)])
    found = []
    for _ in range(6):
        found += followed(steps, 12)
        time.now_s += 0.006
    assert found == records


def test_what_lies_before_the_range_is_there_and_what_was_not_picked_never(time: ToldTime) -> None:
    source = FakeSource(records_of(12, partitions=1), partitions=1)
    selection = select(
        source,
        source.topics([TOPIC]),
        Picks(keys=[b"order-2", b"order-8", b"order-9"]),
        start=AtTime(START_MS + 5_000),
        until=None,
        asked={},
    )
    film = FilmSource(source, selection, clock_of(time, speed=MAX_SPEED))
    offsets = sorted(position.offset for position in there(film))
    assert offsets == [0, 1, 2, 3, 4, 8, 9]


def test_paused_nothing_comes_but_what_is_asked_for(time: ToldTime) -> None:
    records = records_of(5)
    clock = clock_of(time)
    film = film_of(FakeSource(records), clock)
    assert len(there(film)) == 1
    clock.toggle()
    time.now_s += 60
    assert len(there(film)) == 1
    assert (clock.playing, clock.wait_s()) == (False, None)
    clock.skip()
    assert len(there(film)) == 2
    clock.toggle()
    clock.change_speed(1)
    time.now_s += 0.5
    assert len(there(film)) == 3
    assert clock.now_ms() == START_MS + 2_000


def test_a_silence_can_be_skipped(time: ToldTime) -> None:
    late = record_of(TOPIC, 1, 0, timestamp_ms=START_MS + 3_600_000)
    clock = clock_of(time)
    film = film_of(FakeSource([record_of(TOPIC), late]), clock)
    there(film)
    assert clock.wait_s() == 3_600.0
    clock.skip()
    assert len(there(film)) == 2
    there(film)
    assert (clock.ended, clock.told) == (True, 2)


def test_a_rate_is_so_many_a_second_and_the_time_is_that_of_the_last(time: ToldTime) -> None:
    clock = clock_of(time, rate=2.0)
    film = film_of(FakeSource(records_of(9)), clock)
    there(film)
    time.now_s += 1.01
    assert len(there(film)) == 3
    assert clock.now_ms() == START_MS + 2_000


def test_times_are_looked_up_in_what_was_told(time: ToldTime) -> None:
    film = film_of(FakeSource(records_of(9)), clock_of(time))
    there(film)
    place = TopicPartition(TOPIC, 0)
    assert film.offsets_at(START_MS + 6_000, [place]) == {place: 1}


def test_only_what_is_played_is_there(time: ToldTime) -> None:
    source = FakeSource([*records_of(3), record_of("others")])
    film = film_of(source, clock_of(time))
    assert [topic.name for topic in film.topics()] == [TOPIC]
    assert film.topics(["others"]) == ()
    with pytest.raises(SourceRefused, match="others:0"):
        next(film.follow([Position("others", 0, 0)]))
    with pytest.raises(SourceRefused, match="others:0"):
        film.read([Span("others", 0, 0, 1)])
    there(film)
    ahead = [Span(TOPIC, partition, 0, 1) for partition in range(3)]
    assert [r.position for batch in film.read(ahead) for r in batch.records] == [
        Position(TOPIC, 0, 0)
    ]
    film.close()
    assert source.closed


def test_the_index_of_a_recording_answers_for_what_was_told(tmp_path: Path, time: ToldTime) -> None:
    path = tmp_path / "a.kstory"
    records = [record._replace(key=b"order-7") for record in records_of(6)]
    recorded(path, TOPIC, records, 3)
    with closing(RecordingSource(path)) as source:
        film = film_of(source, clock_of(time))
        there(film)
        time.now_s += 2.0
        topics = film.topics()
        spans = [span for topic in topics for span in topic.spans]
        steps = find_key(film, b"order-7", topics, spans)
        assert [record.offset for step in steps for record in step.records] == [0, 0, 0]


def test_a_source_that_fails_for_a_moment_loses_nothing(time: ToldTime) -> None:
    records = records_of(9)
    source = FakeSource(records)
    film = film_of(source, clock_of(time))
    source.failures.append(SourceUnreachable("no answer"))
    with pytest.raises(SourceUnreachable):
        there(film)
    assert there(film) == {records[0].position}
    time.now_s += 60
    assert there(film) == {record.position for record in records}


def test_slower_than_as_fast_as_it_goes_it_goes_on_from_there(time: ToldTime) -> None:
    clock = clock_of(time, speed=MAX_SPEED)
    for at_ms in (START_MS, START_MS + 60_000):
        assert clock.is_due(at_ms)
        clock.tell(at_ms)
    clock.change_speed(-1)
    assert not clock.is_due(START_MS + 60_000 + 3_600_000)
    assert clock.wait_s() == pytest.approx(3.6)


class KeepsPartitioners(FakeSource):
    """A source that remembers how keys are partitioned, as a cluster does."""

    def kept_partitioner(self, topic: str) -> None:
        raise AssertionError("a film's records are not all that there is")

    def keep_partitioner(self, *_: object) -> None:
        raise AssertionError("a film's records are not all that there is")


def test_what_a_film_shows_is_no_sample_of_how_keys_are_partitioned(time: ToldTime) -> None:
    records = [
        record_of(TOPIC, java_partition(key, 3), n, key=key, timestamp_ms=START_MS)
        for n in range(2_000)
        for key in [b"order-%d" % (n % 100)]
    ]
    film = film_of(KeepsPartitioners(records), clock_of(time, speed=MAX_SPEED))
    wait_until(lambda: len(there(film)) == len(records))
    spans = [span for topic in film.topics() for span in topic.spans]
    steps = list(find_key(film, b"order-7", film.topics(), spans))
    assert sum(len(step.records) for step in steps) == 20


def test_before_anything_is_told_it_has_no_time(time: ToldTime) -> None:
    records = [record_of(TOPIC, timestamp_ms=None)]
    clock = clock_of(time)
    assert clock.now_ms() is None
    there(film_of(FakeSource(records), clock))
    assert (clock.now_ms(), clock.told) == (None, 1)


def test_a_long_backlog_comes_in_bounded_batches_in_the_order_of_time(time: ToldTime) -> None:
    records = records_of(9_000)
    film = film_of(FakeSource(records), clock_of(time, speed=MAX_SPEED))
    wait_until(lambda: len(there(film)) == len(records))
    found: list[Record] = []
    for batch in film.follow([Position(TOPIC, partition, 0) for partition in range(3)]):
        assert len(batch.records) <= 2_000
        found += batch.records
        if len(found) == len(records):
            break
    assert found == records


def test_a_partition_that_was_added_since_is_not_played(time: ToldTime) -> None:
    source = FakeSource(records_of(6), partitions=3)
    film = film_of(source, clock_of(time, speed=MAX_SPEED))
    source.add(record_of(TOPIC, 3, 0))
    (topic,) = film.topics()
    assert [bounds.partition for bounds in topic.partitions] == [0, 1, 2]
    assert len(there(film)) == 6


def test_a_topic_that_is_gone_does_not_stop_the_others(time: ToldTime) -> None:
    source = FakeSource([*records_of(2), *records_of(2, topic="payments")])
    clock = clock_of(time, speed=MAX_SPEED)
    film = FilmSource(source, whole(source, TOPIC, "payments"), clock)
    source.failures.append(SourceUnreachable("no answer"))
    with pytest.raises(SourceUnreachable):
        film.topics()
    source.remove_topic("payments")
    assert [each.name for each in film.topics()] == [TOPIC]
    film.topics()
    assert (clock.ended, clock.told) == (True, 2)


def test_it_may_be_paused_before_the_first_record(time: ToldTime) -> None:
    records = records_of(3)
    clock = clock_of(time)
    clock.toggle()
    film = film_of(FakeSource(records), clock)
    assert len(there(film)) == 1  # the one that it begins with
    time.now_s += 60
    assert len(there(film)) == 1
    assert not clock.playing
    clock.toggle()
    time.now_s += 1
    assert len(there(film)) == 2


def test_a_range_that_ends_before_it_begins_hides_nothing_at_the_end(time: ToldTime) -> None:
    source = FakeSource(records_of(9, partitions=1), partitions=1)
    selection = select(
        source, source.topics([TOPIC]), Picks(), start=AtOffset(6), until=AtOffset(2), asked={}
    )
    film = FilmSource(source, selection, clock_of(time))
    assert [position.offset for position in sorted(there(film))] == [0, 1, 2, 3, 4, 5]


def test_an_empty_range_ends_at_once(time: ToldTime) -> None:
    source = FakeSource(records_of(3))
    selection = select(
        source, source.topics([TOPIC]), Picks(keys=[b"nobody"]), start=Beginning(), until=None,
        asked={},
    )  # fmt: skip
    clock = clock_of(time)
    assert there(FilmSource(source, selection, clock)) == set()
    assert (clock.ended, clock.told) == (True, 0)
