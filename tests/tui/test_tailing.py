"""The records that `kstory tail` prints: how they are read, and what is said of them."""

from collections.abc import Iterator, Sequence

import pytest

from readers.record import Span
from readers.source import Batch, Notice, NoticeKind
from readers.wanted import EVERYTHING, Wanted
from replay.ranges import AtTime, Beginning
from replay.streams import Stream
from tests.fakes import START_MS, FakeSource, record_of
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


def asked(*, limit: int | None = None, until: AtTime | None = None) -> Asked:
    return Asked(
        start=Beginning(), until=until, follow=False, partitions=None, bytes=EVERYTHING,
        everywhere=False, where=None, limit=limit,
    )  # fmt: skip


def offsets(source: FakeSource, wanted: Asked) -> list[int]:
    read = Stream("orders", (TOPIC,)).event
    batches = tailed(source, source.topics((TOPIC,)), wanted, read, Told())
    return [record.offset for batch in batches for record in batch]


@pytest.mark.parametrize(("limit", "scans"), [(None, 1), (10_500, 1), (100, 0)])
def test_many_records_are_read_in_bulk_and_a_few_are_not(limit: int | None, scans: int) -> None:
    source = Scanned(11_000)
    assert len(offsets(source, asked(limit=limit))) == (limit or 11_000)
    assert source.scans == scans


def test_one_producer_whose_clock_is_wrong_hides_nothing_before_a_time() -> None:
    times = [START_MS, START_MS + 10**12, START_MS + 1, START_MS + 2, START_MS + 3]
    records = [record_of(offset=n, timestamp_ms=at_ms) for n, at_ms in enumerate(times)]
    until = AtTime(START_MS + 3)
    assert offsets(FakeSource(records, partitions=1), asked(until=until)) == [0, 2, 3]


@pytest.mark.parametrize(
    ("kind", "is_loss"), [(NoticeKind.DENIED, True), (NoticeKind.SLOWER, False)]
)
def test_only_what_could_not_be_read_counts_as_lost(kind: NoticeKind, is_loss: bool) -> None:
    told = Told()
    told.tell([Notice(kind, TOPIC, 0, "It is so.")])
    assert told.is_loss == is_loss


@pytest.mark.parametrize(("kind", "times"), [(NoticeKind.DELETED, 2), (NoticeKind.SLOWER, 1)])
def test_each_loss_is_told_and_once_how_it_is_read(
    capsys: pytest.CaptureFixture[str], kind: NoticeKind, times: int
) -> None:
    told = Told()
    for _ in range(2):
        told.tell([Notice(kind, TOPIC, 0, "It is so.")])
    assert capsys.readouterr().err == times * "It is so.\n"
