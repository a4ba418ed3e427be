"""A key's records: looked for where its partitioner puts them first, then everywhere else."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from readers.partitioners import partitions_of
from readers.record import Record, Span, TopicPartition
from readers.source import Batch, KeyIndexed, Notice, Source, TopicInfo


@dataclass(frozen=True, slots=True)
class SearchStep:
    """What one step of a search found, and how far it is.

    Attributes:
        searched, total: offsets looked at, of all those to look at.
    """

    records: tuple[Record, ...]
    searched: int
    total: int
    notices: tuple[Notice, ...] = ()


def find_key(
    source: Source, key: bytes | None, topics: Sequence[TopicInfo], spans: Sequence[Span]
) -> Iterator[SearchStep]:
    """The records with exactly this key in the spans; the likely partitions come first."""
    if _is_indexed(source):
        yield from _steps([(source.read_key(key, spans), spans)], lambda record: True)
        return
    counts = {topic.name: len(topic.partitions) for topic in topics}

    def is_likely(span: Span) -> bool:
        return span.partition in partitions_of(key, counts.get(span.topic, 0))

    first = [span for span in spans if is_likely(span)]
    rest = [span for span in spans if not is_likely(span)]
    reads = [(source.read(part), part) for part in (first, rest) if part]
    yield from _steps(reads, lambda record: record.key == key)


def find_records(
    source: Source, spans: Sequence[Span], matches: Callable[[Record], bool]
) -> Iterator[SearchStep]:
    """The records in the spans that match."""
    yield from _steps([(source.read(spans), spans)], matches)


def _steps(
    reads: Sequence[tuple[Iterator[Batch], Sequence[Span]]], matches: Callable[[Record], bool]
) -> Iterator[SearchStep]:
    total = sum(span.width for _, spans in reads for span in spans)
    done = 0
    for batches, spans in reads:
        reached = {span.topic_partition: span.start for span in spans}
        for batch in batches:
            _advance(reached, batch)
            searched = done + sum(
                max(0, min(reached[span.topic_partition], span.end_exclusive) - span.start)
                for span in spans
            )
            found = tuple(record for record in batch.records if matches(record))
            yield SearchStep(found, searched, total, batch.notices)
        done += sum(span.width for span in spans)
    yield SearchStep((), total, total)


def _advance(reached: dict[TopicPartition, int], batch: Batch) -> None:
    for partition, offset in batch.reached.items():
        if partition in reached:
            reached[partition] = max(reached[partition], offset)


def _is_indexed(source: Source) -> TypeGuard[KeyIndexed]:
    return hasattr(source, "read_key")
