"""The work that the tail screen asks of the source's thread."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing

from readers.errors import UsageError
from readers.record import Position, Record, Span, TopicPartition
from readers.source import Batch, Source
from replay.landing import Landing, Target
from replay.pages import Page, PageAfter
from replay.pages_back import ReadingBack
from replay.ranges import AtOffset, AtTime
from replay.window_rows import Divider, place_of
from tui.messages import JobMessage
from tui.screens.tail.messages import (
    TailBehind,
    TailEarlier,
    TailLoaded,
    TailPassed,
)
from tui.screens.tail.searching import is_down, search_back
from tui.screens.tail.tailed import Bounds, Tailed
from tui.session import Work

PAGE = 500
_SIDE = 250
_UNEVEN = 4
"""So many times its share of a page is read of each partition: the newest lie where they lie."""
_LEAST = 50
_PAGE_BYTES = 32_000_000


def load_newest(tailed: Tailed) -> Work:
    """Work that loads the newest records, by time; none where each has to be searched for."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        bounds = tailed.bounds(source)
        ends = _ends(bounds)
        if tailed.is_searching:
            yield TailLoaded(Page((), ends, ends), _starts(bounds))
            return
        page = yield from _page_before(source, ends, _starts(bounds), PAGE)
        yield TailLoaded(page, _starts(bounds))

    return work


def load_around(tailed: Tailed, target: Target) -> Work:
    """Work that loads what lies around a position, a time or an offset, and says where it is."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        bounds = tailed.bounds(source)
        starts, ends = _starts(bounds), _ends(bounds)
        places = yield from _places(source, bounds, target)
        spans = [Span(*at, first, min(first + _SIDE, ends[at])) for at, first in places.items()]
        later = yield from _page_after(source, spans, ends)
        landing = _landing(target, bounds, later.records)
        if tailed.is_searching:
            yield TailLoaded(Page((), places, places), starts, landing)
            return
        before = yield from _page_before(source, places, starts, _SIDE)
        notices = before.notices + later.notices
        both = Page(before.records + later.records, before.lo, later.hi, notices)
        yield TailLoaded(both, starts, landing)

    return work


def _places(
    source: Source, bounds: Bounds, target: Target
) -> Generator[None, None, dict[TopicPartition, int]]:
    """Where each partition is entered: at an offset, or by the time of what lies at a position."""
    starts, ends = _starts(bounds), _ends(bounds)
    if isinstance(target, AtTime):
        return _within(source.offsets_at(target.time_ms, bounds), bounds)
    if isinstance(target, AtOffset):
        return _within(dict.fromkeys(bounds, target.offset), bounds)
    mine = target.topic_partition
    if mine not in bounds:
        raise UsageError(f"{mine.topic} has no partition {mine.partition} among those shown.")
    at = min(max(target.offset, starts[mine]), ends[mine])
    first: Record | None = None
    with closing(_read(source, [Span(*mine, at, min(at + _SIDE, ends[mine]))])) as batches:
        for batch in batches:
            first = next(iter(batch.records), None)
            if first is not None:
                break
            yield None
    others = [place for place in bounds if place != mine]
    if first is None or first.timestamp_ms is None:
        return {**{place: ends[place] for place in others}, mine: at}
    return {**_within(source.offsets_at(first.timestamp_ms, others), bounds), mine: at}


def _within(offsets: Mapping[TopicPartition, int], bounds: Bounds) -> dict[TopicPartition, int]:
    return {
        place: min(max(offset, bounds[place].start), bounds[place].end_exclusive)
        for place, offset in offsets.items()
    }


def _landing(target: Target, bounds: Bounds, records: Sequence[Record]) -> Landing:
    if not isinstance(target, Position):
        return Landing(target, next(iter(records), None), _clamped(target, bounds))
    mine = target.topic_partition
    found = next((record for record in records if place_of(record) == mine), None)
    return Landing(target, found, _clamped(target, {mine: bounds[mine]}))


def _clamped(target: Target, bounds: Bounds) -> str:
    """Why an offset is not where it was asked for, or empty."""
    if isinstance(target, AtTime):
        return ""
    first = min(each.start for each in bounds.values())
    last = max(each.end_exclusive for each in bounds.values())
    if target.offset < first:
        return f"offsets before {first:,} are no longer kept"
    if target.offset >= last:
        return f"it ends at {last:,}"
    return ""


def earlier(tailed: Tailed, lo: Mapping[TopicPartition, int]) -> Work:
    """Work that reads one page before these offsets, or searches back until it found enough."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        bounds = tailed.bounds(source)
        starts = _starts(bounds)
        if tailed.is_searching:
            yield from search_back(source, tailed, lo, starts)
            return
        at = {place: max(lo.get(place, start), start) for place, start in starts.items()}
        page = yield from _page_before(source, at, starts, PAGE)
        yield TailEarlier(page, 0, 0, len(page.records), is_down(page.lo, starts))

    return work


def _page_before(
    source: Source,
    at: Mapping[TopicPartition, int],
    starts: Mapping[TopicPartition, int],
    count: int,
) -> Generator[None, None, Page]:
    """The newest `count` records before these offsets, by time."""
    each = min(count, max(_LEAST, _UNEVEN * count // max(1, len(at))))
    floors = {place: max(starts[place], end - each) for place, end in at.items()}
    back = ReadingBack(at, floors, max_bytes=_PAGE_BYTES)
    while spans := back.next_step():
        with closing(_read(source, spans)) as batches:
            for batch in batches:
                back.add(batch)
                yield None
                if back.is_too_much:
                    back.break_off()
                    break
            else:
                back.end_step()
    return back.page(count, starts)


def _page_after(
    source: Source, spans: Sequence[Span], ends: Mapping[TopicPartition, int]
) -> Generator[None, None, Page]:
    """The oldest of the spans, by time."""
    after = PageAfter(spans, max_bytes=_PAGE_BYTES)
    while rest := after.spans:
        with closing(_read(source, rest)) as batches:
            for batch in batches:
                after.add(batch)
                yield None
                if after.is_changed:
                    break
            else:
                break
    return after.page(ends)


def _read(source: Source, spans: Sequence[Span]) -> Generator[Batch, None, None]:
    """A read that can be broken off."""
    yield from source.read(spans)


def _starts(bounds: Bounds) -> dict[TopicPartition, int]:
    return {place: each.start for place, each in bounds.items()}


def _ends(bounds: Bounds) -> dict[TopicPartition, int]:
    return {place: each.end_exclusive for place, each in bounds.items()}


def count_behind(tailed: Tailed, hi: Mapping[TopicPartition, int]) -> Work:
    """Work that counts the offsets between the window's end and the live end."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        ends = _ends(tailed.bounds(source))
        yield TailBehind(sum(max(0, end - hi.get(place, end)) for place, end in ends.items()))

    return work


def read_passed(tailed: Tailed, divider: Divider) -> Work:
    """Work that reads the newest of what a line stands for: a page before its end."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        ends = {span.topic_partition: span.end_exclusive for span in divider.spans}
        starts = {span.topic_partition: span.start for span in divider.spans}
        yield TailPassed(divider, (yield from _page_before(source, ends, starts, PAGE)))

    return work
