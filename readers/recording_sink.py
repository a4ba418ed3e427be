"""Writing a recording: one writer at a time, whole batches or nothing, safe to kill."""

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from readers.errors import SourceRefused
from readers.packed_headers import pack_headers
from readers.record import Position, Record, TopicPartition
from readers.recording_file import explained, open_to_write
from readers.recording_lock import WriterLock
from readers.recording_once import RecordingOnceWriter
from readers.recording_schema import BLOCK_BITS, TYPE_NUMBERS
from readers.source import NewTopic

_INTERNAL = frozenset({"__consumer_offsets", "__transaction_state"})

_INSERT = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)"
_SUM_UP = """
    INSERT INTO blocks VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET size_bytes = size_bytes + excluded.size_bytes,
        newest_ms = max(coalesce(newest_ms, excluded.newest_ms),
                        coalesce(excluded.newest_ms, newest_ms))
"""

_IN_RANGE = """
    SELECT offset, timestamp_ms, timestamp_type, key, value, headers FROM records
    WHERE partition_id = ? AND offset BETWEEN ? AND ?
"""

_Content = tuple[int | None, int | None, bytes | None, bytes | None, bytes | None]
_Row = tuple[int, int, int | None, int | None, bytes | None, bytes | None, bytes | None]


@dataclass(slots=True)
class _Log:
    """A partition as the next write finds it."""

    id: int
    start: int
    next: int


class RecordingSink:
    """The one writer of a recording; a `Sink`.

    A call is one transaction: when it returns, its records survive a kill -9 of this process
    (write-ahead log, synchronous NORMAL); when it raises, none of them is there.
    """

    def __init__(self, path: str | Path, *, wait_s: float = 0.0) -> None:
        """Open the file for writing, and make it where there is none.

        Args:
            path: where it is.
            wait_s: how long to wait for another process that writes it.

        Raises:
            NotARecording: there is a file, and it is no recording.
            SourceRefused: another process writes it, or it may not be written.
        """
        self._path = str(path)
        self._once_holders: dict[str, RecordingOnceWriter] = {}
        self._lock = WriterLock(self._path, wait_s)
        try:
            self._connection = open_to_write(self._path)
        except BaseException:
            self._lock.release()
            raise
        try:
            with explained(self._path):
                self._prepare()
        except BaseException:
            self._let_go()
            raise

    def create_topics(self, topics: Sequence[NewTopic]) -> None:
        """Make the topics that do not exist.

        Raises:
            SourceRefused: one exists with another number of partitions.
        """
        with self._transaction():
            for topic in topics:
                self._create_topic(topic)
        self._logs = self._load_logs()

    def write(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """Append the records at the end of their partitions; their own offsets are ignored."""
        positions = self._places(records)
        self._insert(records, positions)
        return positions

    def once(self, name: str, progress_at: TopicPartition) -> RecordingOnceWriter:
        """The write of this name; its progress is kept in the file, and `progress_at` not used."""
        return RecordingOnceWriter(self, name, self._once_holders)

    def noted(self, name: str) -> str | None:
        """What was noted last under this name, or None."""
        with explained(self._path):
            found = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,))
            row = found.fetchone()
            return None if row is None else str(row[0])

    def has_records(self, topic: str) -> bool:
        """Whether there ever was a record in a topic of this name."""
        return any(log.next > 0 for place, log in self._logs.items() if place.topic == topic)

    def write_noting(
        self, records: Sequence[Record], name: str, note: Callable[[tuple[Position, ...]], str]
    ) -> tuple[Position, ...]:
        """Append the records, and note what `note` makes of where they lie; both or neither."""
        positions = self._places(records)
        self._insert(records, positions, [(name, note(positions))])
        return positions

    def _places(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """Where the records come to lie when they are appended."""
        ends: dict[tuple[str, int], int] = {}
        positions = []
        for record in records:
            topic, partition = where = record[:2]
            offset = ends.get(where)
            if offset is None:
                offset = self._log(TopicPartition(topic, partition)).next
            ends[where] = offset + 1
            positions.append(Position(topic, partition, offset))
        return tuple(positions)

    def store(self, records: Sequence[Record], notes: Sequence[tuple[str, str]] = ()) -> int:
        """Keep the records at their own offsets, and the notes; how many records were new.

        One that the recording has already, by topic, partition and offset, is left as it is.
        Notes are names with what is noted under them; records and notes are kept together or not
        at all.
        """
        known: dict[TopicPartition, set[int]] = {}
        for record in records:
            known.setdefault(TopicPartition(record.topic, record.partition), set())
        for partition in known:
            offsets = [r.offset for r in records if (r.topic, r.partition) == partition]
            known[partition] = self._stored(partition, min(offsets), max(offsets))
        fresh = []
        for record in records:
            taken = known[TopicPartition(record.topic, record.partition)]
            if record.offset not in taken:
                taken.add(record.offset)
                fresh.append(record)
        self._insert(fresh, [record.position for record in fresh], notes)
        return len(fresh)

    def differing(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """The positions of those at whose own place the recording has a record that differs."""
        places: dict[TopicPartition, dict[int, Record]] = {}
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            places.setdefault(place, {})[record.offset] = record
        found = []
        for place, expected in places.items():
            with explained(self._path):
                rows = self._connection.execute(
                    _IN_RANGE, (self._log(place).id, min(expected), max(expected))
                )
                for offset, *content in rows:
                    if offset in expected and tuple(content) != _content(expected[offset]):
                        found.append(expected[offset].position)
        return tuple(found)

    def close(self) -> None:
        """Close the file; where nobody reads it at this moment, all of it is in one file then."""
        self._once_holders.clear()
        try:
            with suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA busy_timeout = 0")
                self._connection.execute("PRAGMA journal_mode = DELETE")
        finally:
            self._let_go()

    def _let_go(self) -> None:
        try:
            self._connection.close()
        finally:
            self._lock.release()

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        # Room for the key index of some million records: its inserts come in no order.
        self._connection.execute("PRAGMA cache_size = -64000")
        self._connection.execute("PRAGMA wal_autocheckpoint = 8000")
        self._logs = self._load_logs()

    def _load_logs(self) -> dict[TopicPartition, _Log]:
        with explained(self._path):
            rows = self._connection.execute(
                "SELECT t.name, p.partition, p.id, p.start_offset, p.next_offset "
                "FROM partitions p JOIN topics t ON t.id = p.topic_id"
            )
            return {TopicPartition(name, partition): _Log(*log) for name, partition, *log in rows}

    def _create_topic(self, topic: NewTopic) -> None:
        found = sum(partition.topic == topic.name for partition in self._logs)
        if found == topic.partitions:
            return
        if found:
            raise SourceRefused(
                f"{topic.name} in {self._path} has {found} partitions, not {topic.partitions}; "
                "use another file, or leave out the topic."
            )
        cursor = self._connection.execute(
            "INSERT INTO topics (name, uuid, config, internal) VALUES (?, ?, ?, ?)",
            (
                topic.name,
                str(uuid.uuid4()),
                json.dumps(dict(topic.config)),
                topic.name in _INTERNAL,
            ),
        )
        self._connection.executemany(
            "INSERT INTO partitions (topic_id, partition, start_offset, next_offset) "
            "VALUES (?, ?, 0, 0)",
            [(cursor.lastrowid, partition) for partition in range(topic.partitions)],
        )

    def _log(self, partition: TopicPartition) -> _Log:
        log = self._logs.get(partition)
        if log is None:
            raise SourceRefused(
                f"There is no partition {partition} in {self._path}; make the topic first."
            )
        return log

    def _stored(self, partition: TopicPartition, first: int, last: int) -> set[int]:
        with explained(self._path):
            rows = self._connection.execute(
                "SELECT offset FROM records WHERE partition_id = ? AND offset BETWEEN ? AND ?",
                (self._log(partition).id, first, last),
            )
            return {offset for (offset,) in rows}

    def _insert(
        self,
        records: Sequence[Record],
        positions: Sequence[Position],
        notes: Sequence[tuple[str, str]] = (),
    ) -> None:
        rows: list[_Row] = []
        blocks: dict[tuple[int, int], tuple[int | None, int]] = {}
        logs: dict[tuple[str, int], _Log] = {}
        for record, (topic, partition, offset) in zip(records, positions, strict=True):
            log = logs.get((topic, partition))
            if log is None:
                log = _grown(self._log(TopicPartition(topic, partition)), offset)
                logs[topic, partition] = log
            log.start = min(log.start, offset)
            log.next = max(log.next, offset + 1)
            content = time_ms, _, key, value, packed = _content(record)
            rows.append((log.id, offset, *content))
            block = (log.id, offset >> BLOCK_BITS)
            newest_ms, size = blocks.get(block, (None, 0))
            if newest_ms is None or (time_ms is not None and time_ms > newest_ms):
                newest_ms = time_ms
            size += len(key or b"") + len(value or b"") + len(packed or b"")
            blocks[block] = (newest_ms, size)
        # By partition and offset: four times fewer index pages are touched.
        rows.sort(key=_place)
        with self._transaction():
            self._connection.executemany(_INSERT, rows)
            self._connection.executemany(_SUM_UP, [(*k, *v) for k, v in blocks.items()])
            self._connection.executemany(
                "UPDATE partitions SET start_offset = ?, next_offset = ? WHERE id = ?",
                [(log.start, log.next, log.id) for log in logs.values()],
            )
            self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", notes)
        self._logs.update({TopicPartition(*where): log for where, log in logs.items()})

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise


def _content(record: Record) -> _Content:
    """What is kept of a record at its place."""
    _, _, _, time_ms, kind, key, value, headers = record
    return time_ms, TYPE_NUMBERS[kind], key, value, pack_headers(headers)


def _place(row: _Row) -> tuple[int, int]:
    return row[0], row[1]


def _grown(log: _Log, offset: int) -> _Log:
    """A copy to grow; a log that has nothing yet begins where its first record lies."""
    empty = log.start == log.next
    return _Log(log.id, offset if empty else log.start, offset if empty else log.next)
