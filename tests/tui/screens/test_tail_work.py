"""What the tail screen reads for a page: little more than it shows, however large values are."""

from collections.abc import Iterator, Sequence

import pytest

from readers.record import Position, Span, TopicPartition
from readers.source import Batch
from replay.landing import Target
from replay.pages import Page
from replay.ranges import AtOffset, AtTime
from replay.streams import Stream
from tests.fakes import START_MS, FakeSource, record_of, records_of
from tui.render.tail_filter import TailFilter
from tui.screens.tail.messages import TailEarlier, TailLoaded
from tui.screens.tail.tailed import Tailed
from tui.screens.tail.work import earlier, load_around, load_newest
from tui.session import Work

TOPIC = "order-events"
MEGABYTE = b"x" * 1_000_000
TAILED = Tailed((TOPIC,), TailFilter(), Stream("orders", (TOPIC,)).event)


class Large(FakeSource):
    """Values of a megabyte, a batch each; it counts what it handed out."""

    def __init__(self, partitions: int) -> None:
        records = [
            record_of(TOPIC, n % partitions, n // partitions, value=MEGABYTE,
                      timestamp_ms=START_MS + n)
            for n in range(600 * partitions)
        ]  # fmt: skip
        super().__init__(records, partitions=partitions, batch_size=1)
        self.megabytes = 0

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        for batch in super().read(spans):
            self.megabytes += len(batch.records)
            yield batch


def page_of(work: Work, source: FakeSource) -> Page:
    *_, said = work(source)
    assert isinstance(said, TailLoaded | TailEarlier)
    assert said.page is not None
    return said.page


@pytest.mark.parametrize("partitions", [1, 6])
def test_the_newest_large_values_are_read_without_all_that_might_be_shown(partitions: int) -> None:
    source = Large(partitions)
    page = page_of(load_newest(TAILED), source)
    assert source.megabytes < 150
    assert page.records[-1].offset == 599
    assert len(page.records) >= 16
    again = page_of(earlier(TAILED, page.lo), source)
    assert {TopicPartition(TOPIC, r.partition): r.offset + 1 for r in again.records} == page.lo


@pytest.mark.parametrize("target", [Position(TOPIC, 0, 300), AtOffset(300), AtTime(START_MS + 900)])
def test_around_a_place_no_more_large_values_are_read_than_are_shown(target: Target) -> None:
    source = Large(3)
    page = page_of(load_around(TAILED, target), source)
    assert source.megabytes < 200
    assert any(record.offset == 300 for record in page.records)


def test_an_ordinary_page_is_read_at_once() -> None:
    source = FakeSource(records_of(3_000))
    page = page_of(load_newest(TAILED), source)
    assert len(page.records) == 500
    assert len(source.reads) == 3
