"""The window of a tail: bounded, contiguous, and nothing jumps."""

from hypothesis import given
from hypothesis import strategies as st

from readers.record import Record, Span, TopicPartition
from readers.source import Notice, NoticeKind, Passed
from replay.pages import Page
from replay.window import RecordWindow
from replay.window_rows import Divider
from tests.fakes import record_of

P0, P1 = TopicPartition("order-events", 0), TopicPartition("order-events", 1)


def texts(window: RecordWindow) -> list[str]:
    rows = [window.row(index) for index in range(window.first_index, window.end_index)]
    return [row.text if isinstance(row, Divider) else f"@{row.offset}" for row in rows if row]


def test_missing_offsets_get_a_row_that_says_how_many() -> None:
    window = RecordWindow({P0: 3})
    window.append([record_of(offset=3), record_of(offset=7)])
    gap = "p0: 3 offsets hold no record (compaction or transactions)"
    assert texts(window) == ["@3", gap, "@7"]


def test_a_filtered_window_says_nothing_about_missing_offsets() -> None:
    window = RecordWindow({P0: 3}, gaps=False)
    window.append([record_of(offset=3), record_of(offset=7)], {P0: 20})
    assert texts(window) == ["@3", "@7"]
    assert window.hi == {P0: 20}


def test_a_gap_between_two_reads_is_said_once_the_next_record_is_there() -> None:
    window = RecordWindow({P0: 0})
    window.append([record_of(offset=0)], {P0: 2})
    assert texts(window) == ["@0"]
    window.append([record_of(offset=2)])
    assert texts(window)[1] == "p0: 1 offset holds no record (compaction or transactions)"


def test_a_record_that_comes_again_is_left_out() -> None:
    window = RecordWindow({P0: 0})
    window.append([record_of(offset=0), record_of(offset=1)])
    window.append([record_of(offset=1), record_of(offset=2)])
    assert texts(window) == ["@0", "@1", "@2"]


def test_trimming_the_front_moves_no_index() -> None:
    window = RecordWindow({P0: 0}, max_rows=3)
    window.append([record_of(offset=n) for n in range(5)])
    assert window.first_index == 2
    row = window.row(4)
    assert not isinstance(row, Divider)
    assert row is not None
    assert row.offset == 4
    assert window.lo == {P0: 2}


def test_what_lies_before_gets_indexes_before() -> None:
    window = RecordWindow({P0: 5})
    window.append([record_of(offset=5)])
    assert not window.prepend([record_of(offset=3), record_of(offset=4)], {P0: 3})
    assert (window.first_index, window.lo) == (-2, {P0: 3})
    assert window.index_of(P0, 5) == 0


def test_trimming_the_end_takes_back_what_was_read_there() -> None:
    window = RecordWindow({P0: 5}, max_rows=2)
    window.append([record_of(offset=5), record_of(offset=6)])
    assert window.prepend([record_of(offset=4)], {P0: 4})
    assert texts(window) == ["@4", "@5"]
    assert window.hi == {P0: 6}
    window.append([record_of(offset=6)])
    assert texts(window) == ["@5", "@6"]


def test_expired_offsets_are_told_by_their_notice_alone() -> None:
    window = RecordWindow({P0: 0})
    window.tell([Notice(NoticeKind.EXPIRED, "order-events", 0, "4 expired", 0, 4)])
    window.append([record_of(offset=4)])
    assert texts(window) == ["4 expired", "@4"]


def test_one_record_larger_than_the_window_is_kept() -> None:
    window = RecordWindow({P0: 0}, max_bytes=1_000)
    window.append([record_of(offset=0), record_of(offset=1, value=b"x" * 5_000)])
    assert texts(window) == ["@1"]


@given(st.lists(st.tuples(st.sampled_from([P0, P1]), st.booleans(), st.integers(1, 9))))
def test_rows_are_contiguous_and_bounded_whatever_comes(
    steps: list[tuple[TopicPartition, bool, int]],
) -> None:
    window = RecordWindow({P0: 50, P1: 50}, max_rows=8)
    for place, is_after, count in steps:
        if is_after:
            start = window.hi[place]
            records = [record_of(partition=place.partition, offset=start + n) for n in range(count)]
            window.append(records, {place: start + count})
        else:
            start = max(0, window.lo[place] - count)
            offsets = range(start, window.lo[place])
            records = [record_of(partition=place.partition, offset=n) for n in offsets]
            window.prepend(records, {place: start})
        assert len(window) <= 8
    for place in (P0, P1):
        held = [r.offset for r in window.records() if r.partition == place.partition]
        assert held == list(range(window.lo[place], window.hi[place]))


def passed(start: int, end: int, count: int | None = None, at: TopicPartition = P0) -> Passed:
    return Passed(Span(*at, start, end), end - start if count is None else count)


def page(records: list[Record], lo: dict[TopicPartition, int]) -> Page:
    return Page(tuple(records), lo, {})


def divider_at(window: RecordWindow, index: int) -> Divider:
    row = window.row(index)
    assert isinstance(row, Divider)
    return row


def test_what_was_passed_over_has_one_line_before_the_records_that_came_with_it() -> None:
    window = RecordWindow({P0: 0, P1: 0})
    window.append([record_of(offset=5)], {P0: 6, P1: 4}, [passed(0, 5), passed(0, 4, at=P1)])
    assert texts(window) == ["9 records came too fast to be shown; ↑ from here reads them", "@5"]
    assert window.hi == {P0: 6, P1: 4}
    assert window.lo == {P0: 0, P1: 0}


def test_a_line_of_passed_over_records_covers_the_offsets_before_it_that_hold_none() -> None:
    window = RecordWindow({P0: 0})
    window.append([record_of(offset=9)], {}, [passed(3, 9, 5)])
    (span,) = divider_at(window, 0).spans
    assert (span.start, span.end_exclusive, divider_at(window, 0).passed) == (0, 9, 5)


def test_what_was_passed_over_is_put_in_its_place_and_rows_after_it_stay() -> None:
    window = RecordWindow({P0: 0})
    window.append([record_of(offset=5)], {}, [passed(0, 5)])
    window.fill(divider_at(window, 0), page([record_of(offset=n) for n in (3, 4)], {P0: 3}))
    assert texts(window) == ["3 records came too fast to be shown; ↑ from here reads them",
                             "@3", "@4", "@5"]  # fmt: skip
    assert window.index_of(P0, 5) == 1
    rest = [record_of(offset=n) for n in range(3)]
    window.fill(divider_at(window, window.first_index), page(rest, {P0: 0}))
    assert texts(window) == ["@0", "@1", "@2", "@3", "@4", "@5"]
    assert window.index_of(P0, 5) == 1


def test_a_line_that_was_trimmed_away_is_not_filled() -> None:
    window = RecordWindow({P0: 0}, max_rows=2)
    window.append([record_of(offset=5)], {}, [passed(0, 5)])
    line = divider_at(window, 0)
    window.append([record_of(offset=6)])
    assert not window.fill(line, page([record_of(offset=4)], {P0: 4}))
    assert texts(window) == ["@5", "@6"]
    assert window.lo == {P0: 5}


def test_filling_a_line_near_the_end_of_a_full_window_trims_the_front() -> None:
    window = RecordWindow({P0: 0}, max_rows=4)
    window.append([record_of(offset=n) for n in range(3)])
    window.append([record_of(offset=9)], {}, [passed(3, 9)])
    line = divider_at(window, 3)
    assert not window.fill(line, page([record_of(offset=n) for n in (7, 8)], {P0: 7}))
    assert texts(window)[1:] == ["@7", "@8", "@9"]
    assert window.hi == {P0: 10}


def test_filling_a_line_near_the_front_of_a_full_window_trims_the_end() -> None:
    window = RecordWindow({P0: 0}, max_rows=4)
    window.append([record_of(offset=n) for n in (3, 4, 5)], {}, [passed(0, 3)])
    line = divider_at(window, 0)
    assert window.fill(line, page([record_of(offset=n) for n in range(3)], {P0: 0}))
    assert texts(window) == ["@0", "@1", "@2", "@3"]
    assert window.hi == {P0: 4}


def test_what_expired_before_it_was_read_is_said_in_its_place() -> None:
    window = RecordWindow({P0: 0})
    window.append([record_of(offset=5)], {}, [passed(0, 5)])
    notice = Notice(NoticeKind.EXPIRED, "order-events", 0, "3 expired", 0, 3)
    found = Page((record_of(offset=3), record_of(offset=4)), {P0: 0}, {}, (notice,))
    window.fill(divider_at(window, 0), found)
    assert texts(window) == ["3 expired", "@3", "@4", "@5"]


def test_what_was_read_before_a_log_was_cut_off_does_not_hide_what_came_after() -> None:
    place = TopicPartition("order-events", 0)
    window = RecordWindow({place: 100})
    old = [record_of("order-events", 0, n, value=b"old") for n in range(100, 110)]
    cut = Notice(NoticeKind.TRUNCATED, *place, "it ends at 105 now", 105, 110)
    window.arrive(old, {place: 105}, (), [cut])
    new = [record_of("order-events", 0, n, value=b"new") for n in range(105, 110)]
    window.arrive(new, {place: 110}, (), [])
    assert [record.value for record in window.records()][-5:] == [b"new"] * 5


def unreadable(offset: int) -> Notice:
    text = f"@{offset} cannot be read"
    return Notice(NoticeKind.UNREADABLE, "order-events", 0, text, offset, offset + 1)


def test_a_first_page_says_in_its_place_what_could_not_be_read() -> None:
    window = RecordWindow({P0: 0})
    found = [record_of(offset=0), record_of(offset=2), record_of(offset=4)]
    window.arrive(found, {P0: 6}, (), [unreadable(5), unreadable(1)])
    gap = "p0: 1 offset holds no record (compaction or transactions)"
    assert texts(window) == ["@0", "@1 cannot be read", "@2", gap, "@4", "@5 cannot be read"]
    window.append([record_of(offset=6)])
    assert texts(window)[-1] == "@6"


def test_what_lies_before_says_in_its_place_what_could_not_be_read() -> None:
    window = RecordWindow({P0: 5})
    window.append([record_of(offset=5)])
    window.prepend([record_of(offset=2)], {P0: 1}, [unreadable(4), unreadable(1)])
    gap = "p0: 1 offset holds no record (compaction or transactions)"
    assert texts(window) == ["@1 cannot be read", "@2", gap, "@4 cannot be read", "@5"]


def test_a_filtered_window_says_what_could_not_be_read() -> None:
    window = RecordWindow({P0: 5}, gaps=False)
    window.prepend([record_of(offset=2)], {P0: 0}, [unreadable(3)])
    window.arrive([record_of(offset=9)], {P0: 10}, (), [unreadable(6)])
    assert texts(window) == ["@2", "@3 cannot be read", "@6 cannot be read", "@9"]


def test_what_could_not_be_read_is_trimmed_with_its_row() -> None:
    window = RecordWindow({P0: 0}, max_rows=2)
    window.arrive([record_of(offset=1), record_of(offset=2)], {P0: 3}, (), [unreadable(0)])
    assert window.lo == {P0: 1}
    window.prepend([], {P0: 0}, [unreadable(0)])
    assert (texts(window), window.hi) == (["@0 cannot be read", "@1"], {P0: 2})


def test_that_a_partition_may_not_be_read_is_said_once_until_a_record_comes() -> None:
    window = RecordWindow({P0: 5, P1: 5})
    denied = Notice(NoticeKind.DENIED, "order-events", 0, "p0 may not be read")
    window.arrive([record_of(partition=1, offset=5)], {}, (), [denied])
    window.prepend([], {P0: 0}, [denied])
    assert texts(window) == ["p0 may not be read", "@5"]
    window.append([record_of(offset=5)])
    window.tell([denied])
    assert texts(window)[-1] == "p0 may not be read"


def test_offsets_of_a_partition_that_may_not_be_read_are_not_said_to_hold_no_record() -> None:
    window = RecordWindow({P0: 0})
    window.arrive([], {P0: 7}, (), [Notice(NoticeKind.DENIED, "order-events", 0, "denied")])
    window.append([record_of(offset=7)])
    assert texts(window) == ["denied", "@7"]
