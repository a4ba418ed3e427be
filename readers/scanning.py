"""Records found by their bytes, in the fastest way that a source has."""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeGuard

from readers.record import Record, Span
from readers.source import Batch, Scans, Source
from readers.wanted import Wanted


def found_in(source: Source, wanted: Wanted, spans: Sequence[Span]) -> Generator[Batch, None, None]:
    """The wanted records in the spans; each partition's in offset order."""
    if _scans(source):
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
