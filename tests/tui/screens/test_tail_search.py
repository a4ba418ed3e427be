"""Searching back on the tail screen: where a key can be, by text, in growing steps."""

from collections.abc import Iterator, Sequence

from readers.partitioners import java_partition
from readers.record import Span, TopicPartition
from readers.source import Batch, Notice, NoticeKind, PartitionBounds
from readers.wanted import Wanted
from replay.streams import Stream
from tests.fakes import FakeSource, record_of
from tui.render.tail_filter import parse_filter
from tui.screens.tail.messages import TailEarlier
from tui.screens.tail.searching import search_back
from tui.screens.tail.tailed import Tailed

TOPIC, PARTITIONS, COUNT = "order-events", 4, 60_000


class Scanned(FakeSource):
    """A source that scans; it notes what it was asked for."""

    def __init__(self) -> None:
        offsets = [0] * PARTITIONS
        records = []
        for number in range(COUNT):
            key = b"order-%d" % (number % 3_000)
            partition = java_partition(key, PARTITIONS)
            records.append(
                record_of(TOPIC, partition, offsets[partition], key=key, value=b"%d" % number)
            )
            offsets[partition] += 1
        super().__init__(records, batch_size=5_000)
        self.scans: list[tuple[Wanted, list[Span]]] = []

    def scan(self, wanted: Wanted, spans: list[Span]) -> Iterator[Batch]:
        self.scans.append((wanted, list(spans)))
        for batch in self.read(spans):
            yield Batch(tuple(filter(wanted.holds, batch.records)), batch.reached)


def searched(source: Scanned, typed: str) -> list[TailEarlier]:
    tailed = Tailed((TOPIC,), parse_filter(typed), Stream("orders", (TOPIC,)).event)
    (info,) = source.topics((TOPIC,))

    def at(bounds: PartitionBounds) -> TopicPartition:
        return TopicPartition(TOPIC, bounds.partition)

    ends = {at(bounds): bounds.end_exclusive for bounds in info.partitions}
    starts = {at(bounds): bounds.start for bounds in info.partitions}
    steps = search_back(source, tailed, ends, starts)
    return [step for step in steps if isinstance(step, TailEarlier)]


def test_a_key_is_searched_back_only_where_it_can_be_and_that_is_said() -> None:
    source = Scanned()
    last = searched(source, "key=order-7")[-1]
    home = java_partition(b"order-7", PARTITIONS)
    assert (last.found, last.at_start, last.searched) == (COUNT // 3_000, True, last.total)
    assert f"only partition {home} can hold the key" in last.said
    scans = [spans for wanted, spans in source.scans if wanted.keys == {b"order-7"}]
    assert {span.partition for spans in scans for span in spans} == {home}


def test_an_index_is_asked_for_a_key_and_nothing_else_is_read() -> None:
    class Indexed(Scanned):
        def read_key(self, key: bytes | None, spans: Sequence[Span]) -> Iterator[Batch]:
            for batch in self.read(spans):
                found = tuple(record for record in batch.records if record.key == key)
                yield Batch(found, batch.reached)

    source = Indexed()
    last = searched(source, "key=order-7")[-1]
    assert (last.found, last.at_start, last.said) == (COUNT // 3_000, True, "")
    assert source.scans == []


def test_partitions_that_are_named_are_searched_for_a_key() -> None:
    source = Scanned()
    steps = searched(source, "p=* key=order-7")
    searching = {span.partition for _, spans in source.scans for span in spans}
    assert searching == set(range(PARTITIONS))
    assert steps[-1].said == ""


def test_where_little_is_found_more_is_searched_before_it_is_shown() -> None:
    source = Scanned()
    steps = searched(source, "has=59999")
    widths = [sum(span.width for span in spans) for _, spans in source.scans]
    assert sum(widths) == COUNT
    assert widths[0] < widths[1]
    assert {step.found for step in steps if step.page is not None} == {1}
    assert steps[-1].said == ""


def test_where_much_is_found_it_rests() -> None:
    source = Scanned()
    steps = searched(source, "has=1")
    assert not steps[-1].at_start
    assert steps[-1].found >= 500
    assert sum(span.width for _, spans in source.scans for span in spans) == 20_000


def test_that_some_of_it_was_searched_before_is_no_row_between_records() -> None:
    class Remembering(Scanned):
        def scan(self, wanted: Wanted, spans: list[Span]) -> Iterator[Batch]:
            yield from super().scan(wanted, spans)
            for kind in (NoticeKind.REMEMBERED, NoticeKind.EXPIRED):
                yield Batch(notices=(Notice(kind, TOPIC, 0, kind.value),))

    pages = [step.page for step in searched(Remembering(), "has=59999") if step.page is not None]
    assert {notice.text for page in pages for notice in page.notices} == {"expired"}
