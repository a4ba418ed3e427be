"""The records that `kstory tail` prints: how they are read, and what is said of them."""

from collections.abc import Iterator, Sequence

import pytest

from readers.record import Span
from readers.source import Batch, Notice, NoticeKind
from readers.wanted import EVERYTHING, Wanted
from replay.ranges import Beginning
from replay.streams import Stream
from tests.fakes import FakeSource, record_of
from tui.tailing import Asked, Told, tailed

TOPIC = "order-events"


class Scanned(FakeSource):
    """A source that scans; it notes whether it did."""

    def __init__(self, count: int) -> None:
        super().__init__([record_of(offset=n) for n in range(count)], partitions=1)
        self.scans = 0

    def scan(self, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
        self.scans += 1
        yield from self.read(spans)


def asked(*, limit: int | None) -> Asked:
    return Asked(
        start=Beginning(), until=None, follow=False, partitions=None, bytes=EVERYTHING,
        everywhere=False, where=None, limit=limit,
    )  # fmt: skip


@pytest.mark.parametrize(("limit", "scans"), [(None, 1), (10_500, 1), (100, 0)])
def test_many_records_are_read_in_bulk_and_a_few_are_not(limit: int | None, scans: int) -> None:
    source = Scanned(11_000)
    read = Stream("orders", (TOPIC,)).event
    batches = tailed(source, source.topics((TOPIC,)), asked(limit=limit), read, Told())
    assert sum(map(len, batches)) == (limit or 11_000)
    assert source.scans == scans


@pytest.mark.parametrize(
    ("kind", "is_loss"), [(NoticeKind.DENIED, True), (NoticeKind.SLOWER, False)]
)
def test_only_what_could_not_be_read_counts_as_lost(kind: NoticeKind, is_loss: bool) -> None:
    told = Told()
    told.tell([Notice(kind, TOPIC, 0, "It is so.")])
    assert told.is_loss == is_loss
