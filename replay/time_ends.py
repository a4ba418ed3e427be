"""Where the records before a time end in each partition, though they are not in order of time."""

from collections.abc import Mapping, Sequence
from contextlib import closing

from readers.record import Span, TopicPartition
from readers.scanning import found_in
from readers.source import PartitionBounds, Source
from readers.wanted import EVERYTHING
from replay.window_rows import place_of

LOOKED_AT = 1_000
"""So many offsets in a row have to be from the time on before a partition is taken to be past it.

A broker finds the first record from a time on; one producer whose clock is wrong is enough that
there are older ones behind it. Where there are, it is looked twice as far behind the last of them.
"""
_LOOKED_AT_BYTES = 32_000_000
"""Fewer are looked at where records are large."""


def ends_before(
    source: Source, time_ms: int, bounds: Mapping[TopicPartition, PartitionBounds]
) -> dict[TopicPartition, int]:
    """Up to where each partition has to be read for the records that are older than the time.

    Some of those that lie before may be from then on.
    """
    ends = dict(source.offsets_at(time_ms, bounds))
    looked_at: Mapping[TopicPartition, int] = ends
    width = LOOKED_AT
    while looked_at:
        spans = [
            Span(*place, ends[place], min(ends[place] + width, bounds[place].end_exclusive))
            for place in looked_at
        ]
        looked_at = _behind_older(source, time_ms, [span for span in spans if span.width])
        ends |= looked_at
        width *= 2
    return ends


def _behind_older(source: Source, time_ms: int, spans: Sequence[Span]) -> dict[TopicPartition, int]:
    """The offset behind the last older record of each span; nothing of a span without any."""
    found: dict[TopicPartition, int] = {}
    size = 0
    with closing(found_in(source, EVERYTHING, spans)) as batches:
        for batch in batches:
            for record in batch.records:
                size += record.size_bytes
                if record.timestamp_ms is not None and record.timestamp_ms < time_ms:
                    found[place_of(record)] = record.offset + 1
            if size > _LOOKED_AT_BYTES:
                break
    return found
