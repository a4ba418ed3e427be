"""A key's records: where its partitioner puts them, and everywhere else where that is not sure."""

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass

from readers.partition_check import KeyPlaces, key_places
from readers.record import Record, Span, TopicPartition
from readers.scanning import found_in, is_indexed, kept
from readers.source import Batch, Notice, Source, TopicInfo
from readers.wanted import Wanted


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
    if is_indexed(source):
        yield from steps_of([(found_in(source, wanted, spans), spans)])
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
