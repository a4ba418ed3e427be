"""An aggregate's events are found wherever its id lies, and a story says what it may lack."""

from collections.abc import Iterator, Sequence

import pytest

from readers.errors import SourceUnreachable
from readers.partitioners import partitions_of
from readers.record import Record, Span, TopicPartition
from readers.source import Batch, Notice, NoticeKind
from replay.event_marks import Mark
from replay.locator import Locator
from replay.reducers.reducer import Reducer
from replay.story import Story
from replay.story_search import Bounds, StorySearch
from replay.streams import Stream
from tests.fakes import START_MS, FakeSource, record_of

STREAM = Stream("orders", ("order-events", "payment-events"), dead_letters=("order-events-dlt",))
COLLECT = Reducer("collect", lambda state, event: [*(state or []), event["value"]])  # type: ignore[misc]


def at(topic: str, partition: int, offset: int, second: float, **more: object) -> Record:
    stamp = START_MS + round(second * 1000)
    return record_of(topic, partition, offset, timestamp_ms=stamp, **more)  # type: ignore[arg-type]


def source_of(*records: Record, compacted: bool | None = False, **more: object) -> FakeSource:
    topics = ("order-events", "payment-events", "order-events-dlt")
    source = FakeSource(records, topics=topics, **more)  # type: ignore[arg-type]
    for topic in topics:
        source.infos[topic]["compacted"] = compacted
    return source


def story_of(
    source: FakeSource, aggregate: str = "order-1", stream: Stream = STREAM, **more: object
) -> Story:
    search = StorySearch(source, stream, aggregate, **more)  # type: ignore[arg-type]
    for _ in search.steps():
        pass
    return search.story()


def places(story: Story) -> list[str]:
    return [str(each.event.position) for each in story.events]


def test_the_events_of_all_topics_and_partitions_are_told_in_order() -> None:
    source = source_of(
        at("payment-events", 2, 0, 2),
        at("order-events", 0, 0, 1),
        at("order-events", 0, 1, 3),
        at("order-events", 1, 0, 0, key=b"order-2"),
        at("order-events-dlt", 1, 0, 4),
    )
    assert places(story_of(source)) == [
        "order-events:0@0", "payment-events:2@0", "order-events:0@1", "order-events-dlt:1@0",
    ]  # fmt: skip


def test_events_are_numbered_from_one_and_say_something() -> None:
    story = story_of(source_of(at("order-events", 0, 0, 0, value=b'{"type":"Packed","by":"x"}')))
    assert [(each.n, each.says) for each in story.events] == [(1, "Packed: by x")]


def test_letters_and_duplicates_are_shown_and_not_folded() -> None:
    sent = {"value": b"1", "headers": (("eventId", b"e"),)}
    source = source_of(
        at("order-events", 0, 0, 0, **sent),
        at("order-events", 0, 1, 1, **sent),
        at("order-events-dlt", 0, 0, 2, **sent),
    )
    once = story_of(source, reducer=COLLECT)
    assert (len(once.events), once.fold.state(3).value) == (3, [1])
    assert once.events[1].marks == (Mark.DUPLICATE,)
    twice = story_of(source, reducer=COLLECT, fold_duplicates=True)
    assert twice.fold.state(3).value == [1, 1]


@pytest.mark.parametrize("header", [b"order-1", None])
def test_an_id_in_a_header_or_in_the_value_is_found(header: bytes | None) -> None:
    stream = Stream(
        "s", ("order-events",), aggregate_id=(Locator("header", ("o",)), Locator("value", ("id",)))
    )
    record = at(
        "order-events", 0, 0, 0, key=None, headers=(("o", header),), value=b'{"id":"order-1"}'
    )
    other = at("order-events", 0, 1, 0, key=b"order-1", value=b'{"id":"order-2","of":"order-1"}')
    assert places(story_of(source_of(record, other), stream=stream)) == ["order-events:0@0"]


@pytest.mark.parametrize(
    ("value", "aggregate"),
    [
        (b'{"id":4711}', "4711"),
        (b'{"id":true}', "true"),
        ('{"id":"é/1"}'.encode(), "é/1"),
        (b'{"id":"\\u00e9/1"}', "é/1"),
        (b'{"id":"\xc3\xa9\\/1"}', "é/1"),
        (b'{"id":"a\\"b"}', 'a"b'),
    ],
)
def test_an_id_in_the_value_is_found_however_it_is_written(value: bytes, aggregate: str) -> None:
    stream = Stream("s", ("order-events",), aggregate_id=(Locator("value", ("id",)),))
    source = source_of(at("order-events", 0, 0, 0, value=value))
    assert len(story_of(source, aggregate, stream).events) == 1


@pytest.mark.parametrize("typed", ["hex:ff00", "hex:FF00", "hex:ff 00", "\udcff\x00"])
def test_a_binary_id_is_found_however_it_is_typed(typed: str) -> None:
    stream = Stream("s", ("order-events",), aggregate_id=(Locator("header", ("id",)),))
    by_header = source_of(at("order-events", 0, 0, 0, headers=(("id", b"\xff\x00"),)))
    by_key = source_of(at("order-events", 0, 0, 0, key=b"\xff\x00"))
    assert len(story_of(by_header, typed, stream).events) == 1
    assert story_of(by_key, typed).events[0].event.aggregate == story_of(by_key, typed).aggregate


def test_a_story_is_complete_where_nothing_can_be_missing() -> None:
    story = story_of(source_of(at("order-events", 0, 0, 0)))
    assert (story.complete, story.why) == (True, None)


def test_retention_makes_a_story_incomplete() -> None:
    one = story_of(source_of(at("order-events", 1, 5, 0)))
    many = story_of(source_of(at("order-events", 1, 5, 0), at("order-events", 2, 1, 0)))
    assert (one.complete, one.why) == (
        False, "retention removed earlier records of order-events (p1)",
    )  # fmt: skip
    assert many.why == "retention removed earlier records of order-events (2 partitions)"


def test_retention_counts_where_it_left_nothing() -> None:
    source = source_of()
    source.starts[TopicPartition("payment-events", 0)] = 9
    assert story_of(source).why == "retention removed earlier records of payment-events (p0)"


@pytest.mark.parametrize(("compacted", "why"), [(True, "is compacted"), (None, "may not be asked")])
def test_compaction_that_is_or_may_be_makes_a_story_incomplete(
    compacted: bool | None, why: str
) -> None:
    story = story_of(source_of(at("order-events", 0, 0, 0), compacted=compacted))
    assert not story.complete
    assert why in (story.why or "")


def test_a_topic_that_does_not_exist_makes_a_story_incomplete() -> None:
    stream = Stream("s", ("order-events", "refunds"), dead_letters=("no-such-dlt",))
    assert story_of(source_of(), stream=stream).why == "there is no topic refunds"


def test_a_topic_that_cannot_be_read_makes_a_story_incomplete() -> None:
    source = source_of()
    source.infos["payment-events"]["error"] = "not authorized"
    assert story_of(source).why == "payment-events: not authorized"


def test_a_search_that_is_stopped_keeps_what_it_found_and_says_how_far_it_came() -> None:
    records = [at("order-events", 0, n, n) for n in range(6)]
    search = StorySearch(source_of(*records, batch_size=2, partitions=1), STREAM, "order-1")
    steps = search.steps()
    step = next(steps)
    story = search.story()
    assert (len(story.events), search.found, step.searched, step.total) == (2, 2, 2, 6)
    assert story.why == "only 2 of 6 offsets were searched"


def test_a_search_that_fails_keeps_what_it_found() -> None:
    records = [at("order-events", 0, n, n) for n in range(4)]
    source = source_of(*records, batch_size=2, partitions=1)
    search = StorySearch(source, STREAM, "order-1")
    steps = search.steps()
    next(steps)
    source.failures = [SourceUnreachable("gone")]
    with pytest.raises(SourceUnreachable):
        next(steps)
    assert (search.found, search.story().complete) == (2, False)


def test_a_search_not_begun_tells_an_empty_story_that_is_not_complete() -> None:
    story = StorySearch(source_of(), STREAM, "order-1").story()
    assert (story.events, story.complete) == ((), False)


def test_the_last_step_says_that_all_was_searched() -> None:
    source = source_of(*[at("order-events", n % 3, n // 3, n, key=b"x") for n in range(9)])
    *_, last = StorySearch(source, STREAM, "order-1").steps()
    assert (last.searched, last.total) == (9, 9)


def test_progress_never_goes_back() -> None:
    source = source_of(*[at("order-events", n % 3, n // 3, n) for n in range(30)], batch_size=3)
    searched = [step.searched for step in StorySearch(source, STREAM, "order-1").steps()]
    assert searched == sorted(searched)


def test_bounds_leave_out_what_is_before_and_what_is_not_before_their_end() -> None:
    source = source_of(*[at("order-events", 0, n, n) for n in range(6)])
    bounds = Bounds(START_MS + 2000, START_MS + 4000)
    story = story_of(source, bounds=bounds)
    assert places(story) == ["order-events:0@2", "order-events:0@3"]
    assert (story.complete, story.why) == (False, "a bound leaves out what came before")


def test_a_bound_at_the_end_leaves_a_story_complete() -> None:
    story = story_of(source_of(at("order-events", 0, 0, 0)), bounds=Bounds(until_ms=START_MS))
    assert (story.events, story.complete) == ((), True)


def test_a_late_record_before_the_bound_is_left_out_wherever_it_lies() -> None:
    source = source_of(at("order-events", 0, 0, 5), at("order-events", 0, 1, 1))
    assert places(story_of(source, bounds=Bounds(from_ms=START_MS + 3000))) == ["order-events:0@0"]


def test_an_event_without_a_time_is_in_every_bound() -> None:
    record = record_of("order-events", 0, 1, timestamp_ms=None)
    source = source_of(at("order-events", 0, 0, 5), record)
    assert len(story_of(source, bounds=Bounds(START_MS, START_MS + 9000)).events) == 2


def test_a_bound_keeps_the_source_from_reading_what_lies_before() -> None:
    source = source_of(*[at("order-events", 0, n, n, key=b"x") for n in range(6)])
    story_of(source, bounds=Bounds(from_ms=START_MS + 4000))
    assert min(span.start for span in source.reads if span.width) == 4


def test_a_story_without_events_is_told() -> None:
    story = story_of(source_of(), "nobody")
    assert (story.events, story.times_ms, story.complete) == ((), (), True)


class ExpiringSource(FakeSource):
    """One whose records are removed while it is read."""

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        notice = Notice(NoticeKind.EXPIRED, "order-events", 0, "offsets 0 to 9 are gone")
        yield Batch(notices=(notice, notice))
        yield from super().read(spans)


def test_what_went_missing_while_it_was_read_is_said_once() -> None:
    source = ExpiringSource(topics=("order-events",))
    source.infos["order-events"]["compacted"] = False
    story = story_of(source, stream=Stream("s", ("order-events",)))
    assert story.why == "offsets 0 to 9 are gone"


def test_the_likely_partitions_are_read_first() -> None:
    source = source_of(partitions=12)
    story_of(source, "order-1", Stream("s", ("order-events",)))
    likely = partitions_of(b"order-1", 12)
    assert {span.partition for span in source.reads[: len(likely)]} == set(likely)
    assert len(source.reads) == 12
