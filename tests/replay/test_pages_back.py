"""Reading back: near enough, contiguous, and little in vain, however large records are."""

from hypothesis import given
from hypothesis import strategies as st

from readers.record import Record, TopicPartition
from readers.source import Batch
from replay.pages_back import ReadingBack
from tests.fakes import record_of

PLACES = (TopicPartition("order-events", 0), TopicPartition("order-events", 1))
MAX_BYTES = 1_000
VALUES = {size: b"x" * size for size in (0, 10, 100, 400, 2_000)}

Sizes = list[int | None]
"""Of each offset of a partition its record's value; None where it holds no record."""


class Read:
    """A log that is read back, a record a batch; `bytes` is what was read in all."""

    def __init__(self, logs: tuple[Sizes, ...]) -> None:
        self.logs = dict(zip(PLACES, logs, strict=False))
        self.bytes = self.steps = 0
        ends = {place: len(sizes) for place, sizes in self.logs.items()}
        self.starts = dict.fromkeys(ends, 0)
        self.back = ReadingBack(ends, self.starts, max_bytes=MAX_BYTES)
        while spans := self.back.next_step():
            self.steps += 1
            wanted = [(span.topic_partition, n) for span in spans
                      for n in range(span.start, span.end_exclusive)]  # fmt: skip
            for place, offset in wanted:
                self._take(place, offset)
                if self.back.is_too_much:
                    self.back.break_off()
                    break
            else:
                self.back.end_step()

    def _take(self, place: TopicPartition, offset: int) -> None:
        record = self.record(place, offset)
        self.bytes += record.size_bytes if record else 0
        self.back.add(Batch((record,) if record else (), {place: offset + 1}))

    def record(self, place: TopicPartition, offset: int) -> Record | None:
        size = self.logs[place][offset]
        if size is None:
            return None
        return record_of(*place, offset, value=VALUES[size], timestamp_ms=offset)


def test_small_records_are_read_in_one_step() -> None:
    read = Read(([10] * 20, [10] * 5))
    assert read.steps == 1
    assert len(read.back.page(100, read.starts).records) == 25


def test_of_large_records_only_the_nearest_are_read_but_for_one_step() -> None:
    read = Read(([400] * 10_000,))
    page = read.back.page(100, read.starts)
    assert [record.offset for record in page.records] == [9_998, 9_999]
    assert read.bytes < 4 * MAX_BYTES


def test_one_record_of_each_partition_is_kept_whatever_its_size() -> None:
    read = Read(([2_000] * 1_000, [2_000] * 1_000))
    assert [record.offset for record in read.back.page(100, read.starts).records] == [999, 999]
    assert read.bytes < 10 * 2_000


def test_offsets_without_a_record_are_gone_past() -> None:
    sizes: Sizes = [2_000, None] * 500 + [None] * 50
    read = Read((sizes,))
    assert [record.offset for record in read.back.page(100, read.starts).records] == [998]
    assert read.bytes < 30 * 2_000


sizes_of_a_partition = st.lists(st.one_of(st.none(), st.sampled_from(sorted(VALUES))), max_size=60)


@given(st.tuples(sizes_of_a_partition, sizes_of_a_partition), st.integers(1, 50))
def test_a_page_holds_all_that_lies_between_its_ends(logs: tuple[Sizes, ...], count: int) -> None:
    read = Read(logs)
    page = read.back.page(count, read.starts)
    for place in PLACES:
        offsets = range(page.lo[place], page.hi[place])
        there = [record for n in offsets if (record := read.record(place, n))]
        assert [r for r in page.records if r.partition == place.partition] == there
    there_is_any = any(size is not None for sizes in logs for size in sizes)
    assert bool(page.records) == there_is_any
