"""Recording from both kinds of sources: following, going on, and what is said of the rest."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from readers.errors import SourceRefused
from readers.opening import open_source
from readers.record import Record, Span
from readers.recording import RecordingSink, RecordingSource
from readers.source import Batch, Notice, NoticeKind
from readers.wanted import Wanted
from replay.filters import EventFilter
from replay.ranges import AtTime, Beginning
from replay.transfer.exporting import Export
from replay.transfer.files import Format, record_file
from replay.transfer.manifest import cuts
from replay.transfer.picks import Picks, select
from replay.transfer.recorder import Recorder
from tests.fakes import START_MS, FakeSource, record_of, records_of
from tests.replay.transfer.places import Place, everything, whole


def of(topic: str, count: int) -> list[Record]:
    return [record._replace(topic=topic) for record in records_of(count)]


def kept(path: Path) -> list[Record]:
    with closing(RecordingSource(path)) as found:
        return everything(found)


def test_it_follows_what_comes_and_goes_on_later(place: Place, tmp_path: Path) -> None:
    topic = f"orders-{uuid.uuid4().hex[:8]}"
    place.fill(topic, of(topic, 30), 3)
    with closing(open_source(place.spec)) as source, closing(RecordingSink(tmp_path / "a")) as sink:
        recorder = Recorder(source, sink, whole(source, topic))
        steps = recorder.steps(follow=True)
        while recorder.kept.records < 30:
            next(steps)
        place.fill(topic, of(topic, 6), 3)
        while recorder.kept.records < 36:
            next(steps)
    place.fill(topic, of(topic, 3), 3)
    with closing(open_source(place.spec)) as source, closing(RecordingSink(tmp_path / "a")) as sink:
        recorder = Recorder(source, sink, whole(source, topic))
        assert recorder.resumed
        list(recorder.steps(follow=False))
        assert recorder.kept.records == 39
    assert kept(tmp_path / "a") == place.all_of(topic)


def test_a_time_to_end_at_leaves_out_what_is_later_wherever_it_lies(
    place: Place, tmp_path: Path
) -> None:
    topic = f"orders-{uuid.uuid4().hex[:8]}"
    late = record_of(topic=topic, partition=0, timestamp_ms=START_MS + 1)
    place.fill(topic, [*of(topic, 30), late], 3)
    with closing(open_source(place.spec)) as source, closing(RecordingSink(tmp_path / "a")) as sink:
        until_ms = START_MS + 5_000
        selection = select(
            source, source.topics([topic]), Picks(until_ms=until_ms), start=Beginning(),
            until=AtTime(until_ms), asked={"until": "then"},
        )  # fmt: skip
        recorder = Recorder(source, sink, selection)
        list(recorder.steps(follow=False))
        assert cuts(recorder.kept) == ("What came at or after then was not wanted.",)
    assert [r.timestamp_ms for r in kept(tmp_path / "a")] == [
        START_MS, START_MS + 3_000, START_MS + 1, START_MS + 1_000, START_MS + 4_000,
        START_MS + 2_000,
    ]  # fmt: skip


def test_what_the_source_lost_is_in_the_account(tmp_path: Path) -> None:
    source = FakeSource(records_of(9))
    source.notices.append(Notice(NoticeKind.SLOWER, "order-events", 0, "Slower."))
    source.notices.append(Notice(NoticeKind.EXPIRED, "order-events", 0, "3 offsets expired."))
    with closing(RecordingSink(tmp_path / "a")) as sink:
        recorder = Recorder(source, sink, whole(source, "order-events"))
        steps = recorder.steps(follow=True)
        while not recorder.kept.lost:
            next(steps)
        assert recorder.kept.lost == ("3 offsets expired.",)
        assert "3 offsets expired." in cuts(recorder.kept)


class Slower(FakeSource):
    """It reads everything, but not in the fastest way."""

    def scan(self, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
        yield Batch(notices=(Notice(NoticeKind.SLOWER, "order-events", 0, "It is slower."),))
        yield from self.read(spans)


def test_that_it_is_slower_is_said_and_not_counted_as_a_loss(tmp_path: Path) -> None:
    source = Slower(records_of(9))
    selection = whole(source, "order-events")
    with closing(RecordingSink(tmp_path / "a")) as sink:
        recorder = Recorder(source, sink, selection)
        assert "It is slower." in [step.said for step in recorder.steps(follow=False)]
        assert recorder.kept.lost == ()
    with record_file(tmp_path / "a.jsonl", Format.JSONL) as writer:
        said = [step.said for step in Export(source, selection).steps(writer)]
    assert "It is slower." in said


def test_conditions_choose_by_what_a_record_says(tmp_path: Path) -> None:
    source = FakeSource(records_of(9))
    picks = Picks(where=EventFilter('value.amount > 6.0 && type == "OrderPaid"'))
    with closing(RecordingSink(tmp_path / "a")) as sink:
        recorder = Recorder(source, sink, whole(source, "order-events", picks=picks))
        list(recorder.steps(follow=False))
    assert [record.key for record in kept(tmp_path / "a")] == [b"order-7", b"order-8"]


def test_a_topic_that_got_more_partitions_needs_another_file(tmp_path: Path) -> None:
    with closing(RecordingSink(tmp_path / "a")) as sink:
        before = FakeSource(records_of(9), partitions=3)
        list(Recorder(before, sink, whole(before, "order-events")).steps(follow=False))
        after = FakeSource(records_of(9), partitions=4)
        with pytest.raises(SourceRefused, match="has 3 partitions, not 4"):
            Recorder(after, sink, whole(after, "order-events"))
