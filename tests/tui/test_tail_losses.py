"""What the tail screen could not read is said where the records would stand."""

from collections.abc import Iterator, Sequence

from readers.record import Span
from readers.source import Batch, Notice, NoticeKind
from readers.wanted import Wanted
from tests.fakes import FakeSource, record_of
from tests.tui.test_tail import TOPIC, app_on, drawn, eventually, status, tailed, typed

LOST = 1_150
WHY = f"p0@{LOST} cannot be read"
SLOWER = "Records are read one by one."


class Damaged(FakeSource):
    """A partition with one offset that cannot be read; a search of it says that it is slower."""

    def __init__(self) -> None:
        super().__init__([record_of(offset=n) for n in range(1_200) if n != LOST], partitions=1)

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        yield from super().read(spans)
        for span in spans:
            if span.start <= LOST < span.end_exclusive:
                notice = Notice(NoticeKind.UNREADABLE, TOPIC, 0, WHY, LOST, LOST + 1)
                yield Batch(notices=(notice,))

    def scan(self, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
        yield Batch(notices=(Notice(NoticeKind.SLOWER, TOPIC, 0, SLOWER),))
        for batch in self.read(spans):
            yield Batch(tuple(filter(wanted.holds, batch.records)), batch.reached, batch.notices)


async def test_an_offset_that_cannot_be_read_is_not_taken_for_compaction() -> None:
    async with app_on(Damaged()).run_test(size=(100, 80)) as pilot:
        screen = await tailed(pilot)
        assert WHY in drawn(screen)
        assert "compaction" not in drawn(screen)


async def test_a_search_back_says_what_it_could_not_read_and_that_it_is_slower() -> None:
    async with app_on(Damaged()).run_test(size=(160, 30)) as pilot:
        screen = await tailed(pilot)
        await typed(pilot, "slash", "has=nowhere")
        await eventually(pilot, lambda: "searched 1,200 of 1,200 before" in status(screen))
        assert SLOWER in status(screen)
        await eventually(pilot, lambda: WHY in drawn(screen))
