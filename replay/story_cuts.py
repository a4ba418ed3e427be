"""Why records of a topic may be missing in a story, and whether anywhere or only before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from readers.errors import UsageError
from readers.recording_parts import RecordedRange, RecordedRun
from readers.source import TopicInfo
from replay.locator import bytes_of_text, text_of_bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """Why records may be missing, as a clause; with `has_holes` anywhere, else only before."""

    why: str
    has_holes: bool = False


def cut_of(topic: TopicInfo, aggregate: str, *, by_key: bool) -> Cut | None:
    """Why records of this aggregate may be missing; None where all that were written are there.

    `by_key` says that the aggregate's id is the key of its records. Where a recording has an
    account of how it was made, that tells what was left out; else the bounds have to.
    """
    recorded = _recorded_cut(topic, aggregate, by_key=by_key) if topic.recorded else _cut(topic)
    return recorded or _compaction(topic)


def holes_of(topic: TopicInfo, keys: Sequence[str]) -> str | None:
    """Why a copy of the topic, or of these keys of it, has holes from the start; None if not."""
    aggregates: tuple[str | None, ...] = tuple(map(_spelled, keys)) or (None,)
    for aggregate in aggregates:
        cut = _recorded_cut(topic, aggregate, by_key=True) if topic.recorded else None
        if cut is not None and cut.has_holes:
            return cut.why
    return None


def _cut(topic: TopicInfo) -> Cut | None:
    cut = [bounds.partition for bounds in topic.partitions if bounds.start > 0]
    why = f"retention removed earlier records of {topic.name} ({_named(cut)})"
    return Cut(why) if cut else None


def _compaction(topic: TopicInfo) -> Cut | None:
    if topic.compacted:
        return Cut(f"{topic.name} is compacted: only the last record of a key is sure to be kept")
    if topic.compacted is None:
        return Cut(f"whether {topic.name} is compacted may not be asked")
    return None


def _recorded_cut(topic: TopicInfo, aggregate: str | None, *, by_key: bool) -> Cut | None:
    runs = [run for run in topic.recorded if _holds(run, aggregate, by_key=by_key)]
    if not runs:
        return Cut(f"{topic.name}: {_choice(topic.recorded[-1])}", has_holes=True)
    whole = [run for run in runs if run.finished and not run.lost]
    if not whole:
        stopped = ("its recording was stopped before all was read",)
        return Cut(f"{topic.name}: {'; '.join(runs[-1].lost or stopped)}", has_holes=True)
    ranges = [part for run in whole for part in run.ranges]
    return _range_cut(topic, ranges) if ranges else _cut(topic)


def _holds(run: RecordedRun, aggregate: str | None, *, by_key: bool) -> bool:
    """Whether the run took every record of the aggregate, or with None of all, it came by."""
    if run.filtered or not run.keys:
        return not run.filtered
    keys = {_spelled(key) for key in run.keys}
    return (run.of_stories or by_key) and aggregate in keys


def _spelled(key: str) -> str:
    try:
        return text_of_bytes(bytes_of_text(key))
    except UsageError:  # an account of someone else's
        return key


def _choice(run: RecordedRun) -> str:
    if run.filtered:
        return "only the records that a condition holds of were recorded"
    if run.of_stories:
        return "only the records of some stories were recorded"
    return "only some of its keys were recorded"


def _range_cut(topic: TopicInfo, ranges: Sequence[RecordedRange]) -> Cut | None:
    """What lies outside of what was read; the worst of it."""
    by_partition = [
        sorted(part for part in ranges if part.partition == bounds.partition)
        for bounds in topic.partitions
    ]
    for why, has_holes, is_so in _KINDS:
        cut = [parts[0].partition for parts in by_partition if parts and is_so(parts)]
        if cut:
            return Cut(f"{why.format(topic.name)} ({_named(cut)})", has_holes)
    return None


def _has_gap(parts: Sequence[RecordedRange]) -> bool:
    reached = parts[0].reached
    for part in parts[1:]:
        if part.reached > part.start > reached:
            return True
        reached = max(reached, part.reached)
    return False


def _ends_early(parts: Sequence[RecordedRange]) -> bool:
    return not any(part.reached >= part.kept_until for part in parts)


def _begins_late(parts: Sequence[RecordedRange]) -> bool:
    return parts[0].start > min(part.kept_from for part in parts)


def _was_cut(parts: Sequence[RecordedRange]) -> bool:
    return parts[0].start > 0


_Kind = tuple[str, bool, Callable[[Sequence[RecordedRange]], bool]]
_KINDS: tuple[_Kind, ...] = (
    ("what came between two recordings of {} is missing", True, _has_gap),
    ("the last records of {} were not recorded", True, _ends_early),
    ("earlier records of {} were not recorded", False, _begins_late),
    ("earlier records of {} were gone before it was recorded", False, _was_cut),
)


def _named(partitions: Sequence[int]) -> str:
    return f"p{partitions[0]}" if len(partitions) == 1 else f"{len(partitions)} partitions"
