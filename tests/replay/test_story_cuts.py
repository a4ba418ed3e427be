"""What a recording leaves out is told by its accounts, and is nothing for whom it was made."""

import pytest

from readers.recording_parts import RecordedRange, RecordedRun
from readers.source import PartitionBounds, TopicInfo
from replay.story_cuts import Cut, cut_of, holes_of

HOLES = True


def run(*reads: tuple[int, int], kept: tuple[int, int] = (0, 9), **said: object) -> RecordedRun:
    """Of partition 0; the source had what `kept` says."""
    ranges = tuple(RecordedRange(0, start, reached, *kept) for start, reached in reads)
    return RecordedRun(ranges=ranges, **said)  # type: ignore[arg-type]


def cut(*runs: RecordedRun, start: int = 4, by_key: bool = True) -> Cut | None:
    topic = TopicInfo("t", (PartitionBounds(0, start, 9, 9),), compacted=False, recorded=runs)
    return cut_of(topic, "order-1", by_key=by_key)


WHOLE = run((0, 9))
MINE = run((0, 9), keys=frozenset({"order-1"}))
OTHERS = run((0, 9), keys=frozenset({"order-2"}))


def test_without_an_account_the_bounds_tell() -> None:
    assert cut() == Cut("retention removed earlier records of t (p0)")
    assert cut(run(), start=0) is None


@pytest.mark.parametrize(
    ("runs", "why"),
    [
        ([OTHERS], "t: only some of its keys were recorded"),
        ([run(filtered=True)], "t: only the records that a condition holds of were recorded"),
        ([run((0, 5), finished=False)], "t: its recording was stopped before all was read"),
        ([run((0, 9), lost=("a batch was damaged",))], "t: a batch was damaged"),
        ([run((0, 3)), run((5, 9))], "what came between two recordings of t is missing (p0)"),
        ([run((0, 5))], "the last records of t were not recorded (p0)"),
    ],
)  # fmt: skip
def test_records_may_be_missing_anywhere(runs: list[RecordedRun], why: str) -> None:
    assert cut(*runs) == Cut(why, HOLES)


def test_a_recording_that_began_late_leaves_out_what_came_before() -> None:
    assert cut(run((4, 9))) == Cut("earlier records of t were not recorded (p0)")


def test_what_was_gone_before_is_not_put_down_to_the_recording() -> None:
    late = run((4, 9), kept=(4, 9))
    assert cut(late) == Cut("earlier records of t were gone before it was recorded (p0)")


@pytest.mark.parametrize("others", [[], [OTHERS], [run((0, 5), finished=False)]])
def test_what_one_run_took_whole_is_whole(others: list[RecordedRun]) -> None:
    assert cut(*others, WHOLE) is None
    assert cut(*others, MINE) is None
    assert cut(*others, run((0, 5), kept=(0, 5)), run((5, 9))) is None


def test_a_key_is_not_its_story_where_ids_lie_elsewhere() -> None:
    assert cut(MINE, by_key=False) == Cut("t: only some of its keys were recorded", HOLES)
    story = run((0, 9), keys=frozenset({"order-1"}), of_stories=True)
    assert cut(story, by_key=False) is None


def test_a_copy_has_the_holes_of_what_it_was_copied_from() -> None:
    topic = TopicInfo("t", (), recorded=(MINE,))
    assert holes_of(topic, ()) == "t: only some of its keys were recorded"
    assert holes_of(topic, ("order-1", "order-2")) == "t: only some of its keys were recorded"
    assert holes_of(topic, ("order-1",)) is None
