"""Records found by their bytes, in the fastest way that a source has."""

import heapq
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice
from typing import TypeGuard

from readers.record import Record, Span
from readers.source import Batch, KeyIndexed, Notice, Scans, Source
from readers.wanted import Wanted

_MERGED_RECORDS = 500


def found_in(source: Source, wanted: Wanted, spans: Sequence[Span]) -> Generator[Batch, None, None]:
    """The wanted records in the spans; each partition's in offset order."""
    if wanted.keys is not None and _indexes_keys(source):
        yield from _indexed(source, wanted, spans)
    elif _scans(source):
        yield from source.scan(wanted, spans)
    else:
        yield from kept(source.read(spans), wanted.holds)


def kept(batches: Iterator[Batch], matches: Callable[[Record], bool]) -> Iterator[Batch]:
    """The batches with only the records that match."""
    for batch in batches:
        found = tuple(record for record in batch.records if matches(record))
        yield Batch(found, batch.reached, batch.notices)


def _scans(source: Source) -> TypeGuard[Scans]:
    return hasattr(source, "scan")


def is_indexed(source: Source) -> bool:
    """Whether it answers a key from an index."""
    return _indexes_keys(source)


def _indexes_keys(source: Source) -> TypeGuard[KeyIndexed]:
    return hasattr(source, "read_key")


def _indexed(source: KeyIndexed, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
    """Each key from the index; of several keys each partition's records in offset order."""
    keys = sorted(wanted.keys or (), key=lambda key: key or b"")
    if len(keys) == 1:
        yield from kept(source.read_key(keys[0], spans), wanted.holds)
        return
    for span in spans:
        notices: list[Notice] = []
        of_keys = [_records(source.read_key(key, [span]), notices) for key in keys]
        merged = filter(wanted.holds, heapq.merge(*of_keys, key=lambda record: record.offset))
        while found := tuple(islice(merged, _MERGED_RECORDS)):
            yield Batch(found, {span.topic_partition: found[-1].offset + 1})
        yield Batch((), {span.topic_partition: span.end_exclusive}, tuple(dict.fromkeys(notices)))


def _records(batches: Iterator[Batch], notices: list[Notice]) -> Iterator[Record]:
    for batch in batches:
        notices += batch.notices
        yield from batch.records
