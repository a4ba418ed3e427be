"""Writing a recording that others write too: it is held for one call at a time."""

import uuid
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from readers.errors import SourceUnreachable, TakenOver
from readers.record import Position, Record, TopicPartition
from readers.recording_sink import RecordingSink
from readers.source import NewTopic, Progress

_WAIT_S = 5.0


class SharedRecordingSink:
    """A recording between whose writes others may write; a `Sink`, and it writes once.

    A call waits until whoever writes lets go, and takes 5 ms more than one of `RecordingSink`.
    """

    def __init__(self, path: str | Path, *, wait_s: float = _WAIT_S) -> None:
        """Nothing is opened before the first call.

        Every call raises `NotARecording` where the file is none, and `SourceRefused` where it may
        not be written, or another process has written it for longer than `wait_s`.
        """
        self._path = path
        self._wait_s = wait_s

    def create_topics(self, topics: Sequence[NewTopic]) -> None:
        """Make the topics that do not exist.

        Raises:
            SourceRefused: one exists with another number of partitions.
        """
        with closing(self.held()) as sink:
            sink.create_topics(topics)

    def write(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """Append the records at the end of their partitions; their own offsets are ignored."""
        with closing(self.held()) as sink:
            return sink.write(records)

    def once(self, name: str, progress_at: TopicPartition) -> "SharedOnceWriter":
        """The write of this name; its progress is kept in the file, and `progress_at` not used."""
        return SharedOnceWriter(self, name, progress_at)

    def held(self) -> RecordingSink:
        """The recording to ourselves, until this is closed."""
        return RecordingSink(self._path, wait_s=self._wait_s)

    def close(self) -> None:
        """Nothing is open."""


class SharedOnceWriter:
    """The write of one name, between others' writes; an `OnceWriter`.

    The file says who has the write, and how far it is. Both are compared before each append, while
    nobody else can write.
    """

    marker_offsets = 0

    def __init__(self, sink: SharedRecordingSink, name: str, progress_at: TopicPartition) -> None:
        self._sink = sink
        self._write = (name, progress_at)
        self._holder_name = f"once-by:{name}"
        self._holder = uuid.uuid4().hex
        self._done: int | None = None

    def resume(self) -> Progress:
        """Take the write over."""
        with closing(self._sink.held()) as sink:
            progress = sink.once(*self._write).resume()
            sink.write_noting((), self._holder_name, lambda _: self._holder)
        self._done = progress.done
        return progress

    def append(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """Append the next records, 50 at most; one without a timestamp gets the present.

        Raises:
            TakenOver, SourceError: see `OnceWriter`.
        """
        if self._done is None:
            raise SourceUnreachable("The write was not resumed, or it ended; resume it first.")
        if not records:
            return ()
        with closing(self._sink.held()) as sink:
            writer = sink.once(*self._write)
            has_it = sink.noted(self._holder_name) == self._holder
            if writer.resume().done != self._done or not has_it:
                raise TakenOver(
                    "Another kstory has taken this over. Nothing of this was stored; "
                    "start again with the same plan to see how far it is."
                )
            stored = writer.append(records)
        self._done += len(records)
        return stored

    def close(self) -> None:
        """Let go; what was appended stays."""
        self._done = None
