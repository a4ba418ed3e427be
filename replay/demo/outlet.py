"""Where the running demo writes: a cluster, or a recording that others may write to as well."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from readers.errors import SourceRefused
from readers.record import Record
from readers.recording import RecordingSink
from readers.recording_lock import WriterLock
from readers.source import Sink

_WAIT_S = 0.1
"""For somebody who writes in turns, as we do; quitting waits no longer than that."""


class Outlet(Protocol):
    """Takes what the demo writes."""

    def write(self, records: Sequence[Record]) -> str | None:
        """Append the records; why that has to wait, or None when they are stored.

        Raises:
            SourceError: they cannot be written at all.
        """
        ...


class SinkOutlet:
    """A sink that nobody else is kept from."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, records: Sequence[Record]) -> str | None:
        """Append the records."""
        self._sink.write(records)
        return None


class RecordingOutlet:
    """A recording, held only while something is written: 5 ms, once or twice a second."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, records: Sequence[Record]) -> str | None:
        """Append the records, unless somebody else is writing."""
        try:
            sink = RecordingSink(self._path, wait_s=_WAIT_S)
        except SourceRefused as error:
            return str(error)
        with closing(sink):
            sink.write(records)
        return None

    def close(self) -> None:
        """Leave all of it in one file, where nobody reads or writes it at this moment."""
        with suppress(SourceRefused):
            RecordingSink(self._path).close()


@contextmanager
def going_on_with(path: Path) -> Iterator[bool]:
    """Whether we are the one that goes on with this demo; nobody else can be until it is left."""
    try:
        lock = WriterLock(f"{path}-demo")
    except SourceRefused:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
