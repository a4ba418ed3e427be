"""The window of a tail: bounded, contiguous, and nothing jumps."""

from hypothesis import given
from hypothesis import strategies as st

from readers.record import TopicPartition
from readers.source import Notice, NoticeKind
from replay.window import Divider, RecordWindow
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
