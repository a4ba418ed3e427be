"""Writing into a recording exactly once: records and progress in one transaction of the file."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from readers.errors import SourceUnreachable, TakenOver
from readers.progress_text import progress_of, progress_text
from readers.record import Position, Record, TimestampType
from readers.source import APPEND_RECORDS_MAX, Progress


class Notes(Protocol):
    """A writer of a recording that can note something with what it writes."""

    def noted(self, name: str) -> str | None:
        """What was noted last under this name, or None."""
        ...

    def write_noting(
        self, records: Sequence[Record], name: str, note: Callable[[tuple[Position, ...]], str]
    ) -> tuple[Position, ...]:
        """Append the records, and note what `note` makes of where they lie; both or neither."""
        ...


class RecordingOnceWriter:
    """The write of one name; an `OnceWriter`.

    Other processes are kept out by the recording's lock, so whoever holds the file may take over.
    """

    marker_offsets = 0

    def __init__(self, notes: Notes, name: str, holders: dict[str, "RecordingOnceWriter"]) -> None:
        """`holders`: who has which write of one open file; empty once that is closed."""
        self._notes = notes
        self._name = name
        self._holders = holders
        self._done: int | None = None

    def resume(self) -> Progress:
        """Take the write over."""
        text = self._notes.noted(self._key)
        progress = Progress() if text is None else progress_of(text)
        self._holders[self._name] = self
        self._done = progress.done
        return progress

    def append(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """Append the next records, 50 at most; one without a timestamp gets the present.

        Raises:
            TakenOver, SourceError: see `OnceWriter`.
        """
        if self._done is None:
            raise SourceUnreachable("The write was not resumed, or it ended; resume it first.")
        if self._holders.get(self._name) is not self:
            raise TakenOver(
                "Another kstory has taken this over, or the recording was closed. Nothing of this "
                "was stored; start again with the same plan to see how far it is."
            )
        if len(records) > APPEND_RECORDS_MAX:
            raise ValueError(f"{len(records)} records in one append")
        if not records:
            return ()
        done = self._done + len(records)
        now_ms = time.time_ns() // 1_000_000
        stored = self._notes.write_noting(
            [_timed(record, now_ms) for record in records],
            self._key,
            lambda positions: progress_text(Progress(done, positions)),
        )
        self._done = done
        return stored

    def close(self) -> None:
        """Let go; what was appended stays."""
        self._done = None
        if self._holders.get(self._name) is self:
            del self._holders[self._name]

    @property
    def _key(self) -> str:
        return f"once:{self._name}"


def _timed(record: Record, now_ms: int) -> Record:
    if record.timestamp_ms is not None:
        return record
    return record._replace(timestamp_ms=now_ms, timestamp_type=TimestampType.CREATE)
