"""Searching back from a place for the records that a filter shows, the newest first."""

from collections.abc import Generator, Iterator, Mapping

from readers.partition_check import key_places
from readers.record import Span, TopicPartition
from readers.scanning import found_in, is_indexed
from readers.source import Batch, Source
from replay.pages import PageBefore
from tui.messages import JobMessage
from tui.render.search_said import with_slower
from tui.screens.tail.messages import TailEarlier
from tui.screens.tail.tailed import Tailed

FOUND_LIMIT = 500
"""A search back rests when it has found so many; going up again goes on."""
_PAGE_BYTES = 32_000_000
_FIRST_OFFSETS = 20_000
_MOST_OFFSETS = 2_000_000
"""Looked at before what was found is shown: little at first, and more where little is found."""

Offsets = Mapping[TopicPartition, int]


def search_back(
    source: Source, tailed: Tailed, lo: Offsets, starts: Offsets
) -> Iterator[JobMessage | None]:
    """Work that goes back from `lo` until enough was found, or to the first offsets kept."""
    at = {place: max(lo.get(place, start), start) for place, start in starts.items()}
    yield TailEarlier(None, 0, sum(at[place] - start for place, start in starts.items()), 0)
    said = yield from _leave_out(source, tailed, at, starts)
    total = sum(at[place] - start for place, start in starts.items())
    done = found = 0
    width = _FIRST_OFFSETS
    while found < FOUND_LIMIT and not is_down(at, starts):
        spans = _spans_before(at, starts, width)
        kept = PageBefore(spans, max_bytes=_PAGE_BYTES)
        reached = {span.topic_partition: span.start for span in spans}
        for batch in found_in(source, tailed.filter.wanted, spans):
            lost = tuple(notice for notice in batch.notices if notice.is_loss)
            kept.add(Batch(tuple(filter(tailed.keeps, batch.records)), notices=lost))
            said = with_slower(said, batch.notices)
            reached |= batch.reached
            looked_at = sum(reached[span.topic_partition] - span.start for span in spans)
            yield TailEarlier(None, done + looked_at, total, found, said=said)
        page = kept.page(len(kept), {span.topic_partition: span.start for span in spans})
        at = {**at, **page.lo}
        done = total - sum(at[place] - start for place, start in starts.items())
        found += len(page.records)
        width = min(_MOST_OFFSETS, 2 * width) if len(page.records) < FOUND_LIMIT // 10 else width
        yield TailEarlier(page, done, total, found, is_down(at, starts), said)
    if not total:
        yield TailEarlier(None, 0, 0, 0, at_start=True)


def is_down(at: Offsets, starts: Offsets) -> bool:
    """Whether every partition is searched down to its first offset."""
    return all(at.get(place, start) <= start for place, start in starts.items())


def _leave_out(
    source: Source, tailed: Tailed, at: dict[TopicPartition, int], starts: Offsets
) -> Generator[None, None, str]:
    """Leave out partitions that a key cannot be in, as if they were searched; says so.

    Where partitions are named in the filter, those are searched; an index spares more than this.
    """
    keys = tailed.filter.wanted.keys
    if not keys or tailed.filter.names_partitions or is_indexed(source):
        return ""
    topics = source.topics(tailed.topics)
    spans = [Span(*place, start, at[place]) for place, start in starts.items()]
    places = yield from key_places(source, keys, topics, spans, everywhere=False)
    searched = {span.topic_partition for span in places.spans}
    at.update((place, start) for place, start in starts.items() if place not in searched)
    return places.said


def _spans_before(at: Offsets, starts: Offsets, offsets: int) -> list[Span]:
    open_places = [place for place, start in starts.items() if at[place] > start]
    each = max(1, offsets // max(1, len(open_places)))
    return [Span(*place, max(starts[place], at[place] - each), at[place]) for place in open_places]
