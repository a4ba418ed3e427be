"""Records at given positions, read a step at a time, neighbours in one go."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from readers.record import Position, Record, Span, TopicPartition
from readers.source import Source

_NEAR = 1_000
"""Offsets between two that are read through: cheaper than asking twice."""


def fetch(source: Source, positions: Iterable[Position]) -> Iterator[tuple[Record, ...]]:
    """The records that lie at these positions, in the steps of the source's reads.

    Those that are gone do not come. Each partition's come in offset order.
    """
    wanted: dict[TopicPartition, set[int]] = defaultdict(set)
    for position in positions:
        wanted[position.topic_partition].add(position.offset)
    # One span a partition at a time: a source reads a partition at one place.
    for spans in zip_longest(*(_spans(place, offsets) for place, offsets in wanted.items())):
        for batch in source.read([span for span in spans if span is not None]):
            yield tuple(
                record
                for record in batch.records
                if record.offset in wanted[record.position.topic_partition]
            )


def fetch_all(source: Source, positions: Iterable[Position]) -> dict[Position, Record]:
    """The same, all at once; for a few."""
    return {record.position: record for step in fetch(source, positions) for record in step}


def _spans(place: TopicPartition, offsets: Iterable[int]) -> Sequence[Span]:
    runs: list[list[int]] = []
    for offset in sorted(offsets):
        if runs and offset - runs[-1][-1] <= _NEAR:
            runs[-1].append(offset)
        else:
            runs.append([offset])
    return [Span(*place, run[0], run[-1] + 1) for run in runs]
