"""A recording: one SQLite file with records in it, read like a cluster and written like one."""

import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from readers.errors import SourceRefused
from readers.packed_headers import unpack_headers
from readers.record import Position, Record, Span, TopicPartition
from readers.recording_file import damage, explained, open_to_read
from readers.recording_parts import ACCOUNT_PREFIX, IMPORT_PREFIX, RecordedRun, runs_of
from readers.recording_schema import BLOCK_BITS, TYPES
from readers.recording_sink import RecordingSink
from readers.source import (
    Batch,
    Connection,
    ConnectionState,
    PartitionBounds,
    TopicInfo,
    WritingFacts,
)

__all__ = ["RecordingSink", "RecordingSource"]

BATCH_RECORDS = 2_000
BATCH_BYTES = 4 * 1024 * 1024
POLL_S = 0.1

_COLUMNS = "SELECT offset, timestamp_ms, timestamp_type, key, value, headers FROM records"
_IN_SPAN = (
    f"{_COLUMNS} WHERE partition_id = ? AND offset >= ? AND offset < ? ORDER BY offset LIMIT ?"
)
_OF_KEY = (
    f"{_COLUMNS} INDEXED BY records_by_key WHERE partition_id = ? AND key IS ? "
    "AND offset >= ? AND offset < ? ORDER BY offset LIMIT ?"
)
_ACCOUNTS = "SELECT value FROM meta WHERE name GLOB ? OR name GLOB ? ORDER BY name"
_ACCOUNT_NAMES = (f"{ACCOUNT_PREFIX}*", f"{IMPORT_PREFIX}*")
_TOPICS = """
    SELECT t.name, t.uuid, t.config, t.internal, p.partition, p.start_offset, p.next_offset,
           sum(b.size_bytes), max(b.newest_ms)
    FROM topics t JOIN partitions p ON p.topic_id = t.id
    LEFT JOIN blocks b ON b.partition_id = p.id
    GROUP BY t.id, p.id ORDER BY t.name, p.partition
"""
_BLOCK_AT = (
    "SELECT block FROM blocks WHERE partition_id = ? AND newest_ms >= ? ORDER BY block LIMIT 1"
)
_FIRST_AT = (
    "SELECT offset FROM records WHERE partition_id = ? AND offset >= ? AND timestamp_ms >= ? "
    "ORDER BY offset LIMIT 1"
)


class RecordingSource:
    """A recording's records; a `Source`, and `KeyIndexed`.

    No read transaction stays open between two steps, so a writer can tidy up behind its readers.
    The file may be anybody's: every value is checked before it becomes part of a record.
    """

    def __init__(self, path: str | Path, name: str | None = None) -> None:
        """Open the file; it may be made by one thread and used by another.

        Raises:
            NotARecording: the file is no recording, is damaged, or is newer than this kstory.
            SourceRefused: it may not be read.
        """
        self._path = str(path)
        self._name = name or self._path
        self._opened_s = time.monotonic()
        self._ids: dict[TopicPartition, int] = {}
        self._connection = open_to_read(self._path)
        row = self._row("SELECT value FROM meta WHERE name = 'cluster_id'")
        self._cluster_id = str(row[0]) if row else ""

    @property
    def name(self) -> str:
        """What it is called on screen."""
        return self._name

    @property
    def cluster_id(self) -> str:
        """Given to the file when it was made; it stays through copies and moves."""
        return self._cluster_id

    def topics(self, names: Collection[str] | None = None) -> tuple[TopicInfo, ...]:
        """Topics with their bounds, by name; those of `names` that do not exist are left out."""
        with explained(self._path):
            rows = self._connection.execute(_TOPICS).fetchall()
            accounts = self._connection.execute(_ACCOUNTS, _ACCOUNT_NAMES).fetchall()
        try:
            runs = runs_of(text for (text,) in accounts)
        except ValueError as error:
            raise damage(self._path, str(error)) from error
        grouped: dict[str, list[sqlite3.Row]] = {}
        for row in rows:
            if names is None or row[0] in names:
                grouped.setdefault(row[0], []).append(row)
        return tuple(
            self._topic(name, of_topic, runs.get(name, ())) for name, of_topic in grouped.items()
        )

    def offsets_at(
        self, time_ms: int, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int]:
        """The first offset whose timestamp is at least `time_ms`, or the partition's end."""
        # A time beyond SQLite's integers is before or after all of them.
        time_ms = max(-(2**63), min(time_ms, 2**63 - 1))
        return {partition: self._offset_at(time_ms, partition) for partition in partitions}

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        """What lies in the spans, one after the other, at most 2,000 records or 4 MiB a step."""
        return self._read(_IN_SPAN, (), spans)

    def read_key(self, key: bytes | None, spans: Sequence[Span]) -> Iterator[Batch]:
        """The records with exactly this key, from the index."""
        return self._read(_OF_KEY, (key,), spans)

    def follow(self, starts: Sequence[Position]) -> Iterator[Batch]:
        """Records from the positions on, as they are written; a step waits 0.1 s at most."""
        after = {start.topic_partition: start.offset for start in starts}
        seen_version = None
        while True:
            version = self._data_version()
            if version != seen_version:
                seen_version = version
                for batch in self.read(self._news(after)):
                    after.update(batch.reached)
                    yield batch
            time.sleep(POLL_S)
            yield Batch()

    def writing_facts(self, topic: str) -> WritingFacts:
        """Whether the file and its folder may be written to; a recording limits nothing."""
        path = Path(self._path)
        return WritingFacts(os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))

    def connection(self) -> Connection:
        """Always live: a file answers or raises."""
        return Connection(ConnectionState.LIVE, self._opened_s)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _news(self, after: Mapping[TopicPartition, int]) -> list[Span]:
        ends = {partition: self._bounds(partition)[1] for partition in after}
        return [
            Span(*partition, offset, ends[partition])
            for partition, offset in after.items()
            if offset < ends[partition]
        ]

    def _read(
        self, sql: str, key: tuple[bytes | None, ...], spans: Sequence[Span]
    ) -> Iterator[Batch]:
        waiting = list(reversed(spans))
        while waiting:
            records: list[Record] = []
            reached: dict[TopicPartition, int] = {}
            room = BATCH_BYTES
            while waiting and room > 0 and len(records) < BATCH_RECORDS:
                span = waiting.pop()
                count = len(records)
                room -= self._take(sql, key, span, records, room)
                full = room <= 0 or len(records) >= BATCH_RECORDS
                end = span.end_exclusive
                if full and len(records) > count and records[-1].offset + 1 < end:
                    end = records[-1].offset + 1
                    waiting.append(Span(span.topic, span.partition, end, span.end_exclusive))
                if span.width:
                    reached[span.topic_partition] = end
            yield Batch(tuple(records), reached)

    def _take(
        self,
        sql: str,
        key: tuple[bytes | None, ...],
        span: Span,
        records: list[Record],
        room: int,
    ) -> int:
        """Add records of the span while there is room; the bytes that were added."""
        limit = BATCH_RECORDS - len(records)
        bounds = (_offset(span.start), _offset(span.end_exclusive), limit)
        partition_id = self._id(span.topic_partition)
        size = 0
        with (
            explained(self._path),
            closing(self._connection.execute(sql, (partition_id, *key, *bounds))) as rows,
        ):
            for row in rows:
                records.append(self._record(span, row))
                size += sum(len(blob) for blob in row[3:] if blob)
                if size >= room:
                    break
        return size

    def _record(self, span: Span, row: tuple[object, ...]) -> Record:
        offset, timestamp_ms, timestamp_type, key, value, headers = row
        if not (
            type(offset) is int
            and (timestamp_ms is None or type(timestamp_ms) is int)
            and (key is None or type(key) is bytes)
            and (value is None or type(value) is bytes)
            and (headers is None or type(headers) is bytes)
            and (timestamp_type is None or type(timestamp_type) is int)
            and timestamp_type in TYPES
        ):
            raise damage(self._path, f"a record of {span.topic} holds values of impossible kinds")
        try:
            unpacked = unpack_headers(headers)
        except ValueError as error:
            raise damage(self._path, f"{span.topic}:{span.partition}@{offset}: {error}") from error
        return Record(
            span.topic,
            span.partition,
            offset,
            timestamp_ms,
            TYPES[timestamp_type],
            key,
            value,
            unpacked,
        )

    def _topic(
        self, name: str, rows: Sequence[sqlite3.Row], recorded: tuple[RecordedRun, ...]
    ) -> TopicInfo:
        config = _config(rows[0][2])
        if config is None:
            raise damage(self._path, f"the configuration of {name} cannot be read")
        bounds = []
        for *_, partition, start, end, _size, _newest in rows:
            if not 0 <= start <= end or partition < 0:
                raise damage(self._path, f"{name}:{partition} has impossible bounds")
            bounds.append(PartitionBounds(partition, start, end, end))
        newest = [row[8] for row in rows if row[8] is not None]
        return TopicInfo(
            name,
            tuple(bounds),
            size_bytes=sum(row[7] or 0 for row in rows),
            last_write_ms=max(newest, default=None),
            compacted="compact" in config.get("cleanup.policy", "delete").split(","),
            topic_id=rows[0][1],
            internal=bool(rows[0][3]),
            recorded=recorded,
        )

    def _offset_at(self, time_ms: int, partition: TopicPartition) -> int:
        partition_id = self._id(partition)
        block = self._row(_BLOCK_AT, partition_id, time_ms)
        if block is not None:
            found = self._row(_FIRST_AT, partition_id, block[0] << BLOCK_BITS, time_ms)
            if found is not None:
                return int(found[0])
        return self._bounds(partition)[1]

    def _bounds(self, partition: TopicPartition) -> tuple[int, int]:
        row = self._row(
            "SELECT start_offset, next_offset FROM partitions WHERE id = ?", self._id(partition)
        )
        return row if row else (0, 0)

    def _id(self, partition: TopicPartition) -> int:
        known = self._ids.get(partition)
        if known is not None:
            return known
        row = self._row(
            "SELECT p.id FROM partitions p JOIN topics t ON t.id = p.topic_id "
            "WHERE t.name = ? AND p.partition = ?",
            *partition,
        )
        if row is None:
            raise SourceRefused(
                f"There is no partition {partition} in {self._name}; see what it has with "
                f"kstory topics."
            )
        self._ids[partition] = row[0]
        return int(row[0])

    def _data_version(self) -> int:
        """Changes when another connection has committed; cheap to ask."""
        row = self._row("PRAGMA data_version")
        return int(row[0]) if row else 0

    def _row(self, sql: str, *values: object) -> tuple[int, int] | None:
        with explained(self._path):
            row: tuple[int, int] | None = self._connection.execute(sql, values).fetchone()
            return row


def _offset(offset: int) -> int:
    """As SQLite can hold it: offsets beyond are beyond every record."""
    return max(0, min(offset, 2**63 - 1))


def _config(text: str) -> dict[str, str] | None:
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return config if isinstance(config, dict) and all(map(_is_text, config.values())) else None


def _is_text(value: object) -> bool:
    return isinstance(value, str)
