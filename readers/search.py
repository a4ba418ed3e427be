"""A key's records: where its partitioner puts them, and everywhere else where that is not sure."""

import heapq
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeGuard

from readers.partition_check import KeyPlaces, key_places
from readers.record import Record, Span, TopicPartition
from readers.scanning import found_in, kept
from readers.source import Batch, KeyIndexed, Notice, Source, TopicInfo
from readers.wanted import Wanted

_MERGED_RECORDS = 500


@dataclass(frozen=True, slots=True)
class SearchStep:
    """What one step of a search found, and how far it is.

    Attributes:
        searched, total: offsets looked at, of all those to look at.
        said: what is worth telling about how it is searched; empty in most steps.
    """

    records: tuple[Record, ...]
    searched: int
    total: int
    notices: tuple[Notice, ...] = ()
    said: str = ""


def find_keys(
    source: Source,
    keys: Collection[bytes | None],
    topics: Sequence[TopicInfo],
    spans: Sequence[Span],
    *,
    texts: Sequence[bytes] = (),
    everywhere: bool = False,
) -> Iterator[SearchStep]:
    """The records with exactly one of these keys in the spans; the likely partitions come first.

    Partitions that the keys cannot be in are left out where the topic's own records show how
    they were partitioned; a step says so. With `everywhere` they are searched too.
    """
    wanted = Wanted(frozenset(keys), tuple(texts))
    if _is_indexed(source):
        reads = [(_indexed(source, wanted, spans), spans)]
        yield from steps_of(reads)
        return
    finding = key_places(source, wanted.keys or frozenset(), topics, spans, everywhere=everywhere)
    places = yield from _while_asked(finding, _width(spans))
    if places.said:
        yield SearchStep((), 0, _width(places.spans), said=places.said)
    yield from steps_of(_in_order(source, wanted, places))


def find_key(
    source: Source,
    key: bytes | None,
    topics: Sequence[TopicInfo],
    spans: Sequence[Span],
    *,
    everywhere: bool = False,
) -> Iterator[SearchStep]:
    """The records with exactly this key in the spans, as `find_keys` finds them."""
    return find_keys(source, (key,), topics, spans, everywhere=everywhere)


def find_texts(
    source: Source, texts: Sequence[bytes], spans: Sequence[Span], *, escaped: bool = False
) -> Iterator[SearchStep]:
    """The records in the spans that hold all of these bytes somewhere.

    With `escaped` those too in which a backslash may spell them otherwise: look at them again.
    """
    wanted = Wanted(texts=tuple(texts), escaped=escaped)
    yield from steps_of([(found_in(source, wanted, spans), spans)])


def find_records(
    source: Source, spans: Sequence[Span], matches: Callable[[Record], bool]
) -> Iterator[SearchStep]:
    """The records in the spans that match."""
    yield from steps_of([(kept(source.read(spans), matches), spans)])


def _in_order(
    source: Source, wanted: Wanted, places: KeyPlaces
) -> list[tuple[Iterator[Batch], Sequence[Span]]]:
    parts = (places.first, places.rest)
    return [(found_in(source, wanted, part), part) for part in parts if part]


def _while_asked(
    finding: Generator[None, None, KeyPlaces], total: int
) -> Generator[SearchStep, None, KeyPlaces]:
    """Find out where to search; nothing is searched meanwhile."""
    while True:
        try:
            next(finding)
        except StopIteration as found:
            places: KeyPlaces = found.value
            return places
        yield SearchStep((), 0, total)


def _indexed(source: KeyIndexed, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
    """Each key from the index; of several keys each partition's records in offset order."""
    keys = sorted(wanted.keys or (), key=lambda key: key or b"")
    if len(keys) == 1:
        yield from kept(source.read_key(keys[0], spans), wanted.holds)
        return
    for span in spans:
        of_keys = [_records(source.read_key(key, [span])) for key in keys]
        merged = filter(wanted.holds, heapq.merge(*of_keys, key=lambda record: record.offset))
        while found := tuple(islice(merged, _MERGED_RECORDS)):
            yield Batch(found, {span.topic_partition: found[-1].offset + 1})
        yield Batch((), {span.topic_partition: span.end_exclusive})


def _records(batches: Iterator[Batch]) -> Iterator[Record]:
    for batch in batches:
        yield from batch.records


def steps_of(
    reads: Sequence[tuple[Iterator[Batch], Sequence[Span]]],
) -> Iterator[SearchStep]:
    """What reads of spans bring, one read after the other, and how far they are together."""
    total = sum(_width(spans) for _, spans in reads)
    done = 0
    for batches, spans in reads:
        reached = {span.topic_partition: span.start for span in spans}
        for batch in batches:
            _advance(reached, batch)
            searched = done + sum(
                max(0, min(reached[span.topic_partition], span.end_exclusive) - span.start)
                for span in spans
            )
            yield SearchStep(batch.records, searched, total, batch.notices)
        done += _width(spans)
    yield SearchStep((), total, total)


def _width(spans: Sequence[Span]) -> int:
    return sum(span.width for span in spans)


def _advance(reached: dict[TopicPartition, int], batch: Batch) -> None:
    for partition, offset in batch.reached.items():
        if partition in reached:
            reached[partition] = max(reached[partition], offset)


def _is_indexed(source: Source) -> TypeGuard[KeyIndexed]:
    return hasattr(source, "read_key")
