"""Pages of many partitions, merged by time."""

from readers.record import Record, Span, TopicPartition
from readers.source import Batch, Notice, NoticeKind
from replay.pages import PageAfter, PageBefore, merged
from tests.fakes import record_of

P0, P1 = TopicPartition("order-events", 0), TopicPartition("order-events", 1)


def at(partition: int, offset: int, second: int) -> Record:
    return record_of(partition=partition, offset=offset, timestamp_ms=second * 1000)


def seconds(records: tuple[Record, ...]) -> list[int]:
    return [(record.timestamp_ms or 0) // 1000 for record in records]


def test_a_page_leaves_out_what_is_older_than_what_another_partition_still_has() -> None:
    before = PageBefore([Span(*P0, 8, 10), Span(*P1, 0, 2)], max_bytes=10_000)
    before.add(Batch((at(0, 8, 50), at(0, 9, 60), at(1, 0, 10), at(1, 1, 55))))
    page = before.page(10, {P0: 0, P1: 0})
    assert seconds(page.records) == [50, 55, 60]
    assert page.lo == {P0: 8, P1: 1}


def test_a_page_is_cut_to_the_newest_and_says_where() -> None:
    before = PageBefore([Span(*P0, 0, 3), Span(*P1, 0, 1)], max_bytes=10_000)
    before.add(Batch((at(0, 0, 1), at(0, 1, 2), at(0, 2, 4), at(1, 0, 3))))
    page = before.page(2, {P0: 0, P1: 0})
    assert seconds(page.records) == [3, 4]
    assert page.lo == {P0: 2, P1: 0}


def test_a_page_after_stops_where_a_partition_was_not_read_on() -> None:
    after = PageAfter([Span(*P0, 0, 2), Span(*P1, 0, 2)], max_bytes=10_000)
    after.add(Batch((at(0, 0, 1), at(0, 1, 3), at(1, 0, 2), at(1, 1, 9))))
    page = after.page({P0: 100, P1: 2})
    assert seconds(page.records) == [1, 2, 3]
    assert page.hi == {P0: 2, P1: 1}


def test_large_values_shorten_a_page_instead_of_filling_the_memory() -> None:
    before = PageBefore([Span(*P0, 0, 3)], max_bytes=2_500)
    before.add(Batch(tuple(record_of(offset=n, value=b"x" * 1000) for n in range(3))))
    page = before.page(10, {P0: 0})
    assert [record.offset for record in page.records] == [1, 2]
    assert page.lo == {P0: 1}


def test_merging_never_goes_against_a_partitions_own_order() -> None:
    records = (at(0, 0, 9), at(0, 1, 2), at(1, 0, 5))
    assert [(r.partition, r.offset) for r in merged(records)] == [(1, 0), (0, 0), (0, 1)]


def unreadable(offset: int) -> Notice:
    return Notice(NoticeKind.UNREADABLE, *P0, f"@{offset}", offset, offset + 1)


def test_a_page_says_what_was_lost_of_it_and_not_of_what_it_leaves_out() -> None:
    denied = Notice(NoticeKind.DENIED, *P1, "denied")
    batch = Batch((at(0, 1, 1), at(0, 3, 3)), notices=(unreadable(0), unreadable(2), denied))
    before = PageBefore([Span(*P0, 0, 4)], max_bytes=10_000)
    before.add(batch)
    assert [notice.text for notice in before.page(1, {P0: 0}).notices] == ["@2", "denied"]
    after = PageAfter([Span(*P0, 0, 4)], max_bytes=50)
    after.add(batch)
    assert [notice.text for notice in after.page({P0: 4}).notices] == ["@0", "@2", "denied"]
