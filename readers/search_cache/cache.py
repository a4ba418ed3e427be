"""What searches of clusters found out, kept on this machine.

It holds topics' names, digests of keys, and offsets; no key and no value.
"""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import orjson

from readers.partition_check import Verified
from readers.search_cache.cache_file import CacheFile, make_room
from readers.search_cache.index_rows import (
    PartAt,
    about_part,
    drop_before,
    index_rows,
    index_rows_at,
    note_use,
)
from readers.search_cache.key_index import DIGEST_BYTES, Part, digest_in_index, packed_part
from readers.search_cache.rows import (
    PARTITIONER,
    Log,
    digest_of_key,
    digest_of_row,
    packed,
    topic_row,
    unpacked,
    whole_rows,
)
from readers.search_cache.scanned import Area, Scanned, Stretch, few_areas, touching_joined
from readers.search_cache.topics import CachedTopic, cached_topics

MAX_BYTES = 64_000_000
_INDEX_SHARE = 3 / 4
"""Of the room, for the index of one topic; the rest is for the others."""
_TOUCHED_S = 3_600
"""What was used within the last hour need not be noted as used again."""
_PUT = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)"
_USED = "UPDATE kept SET used_s = ? WHERE topic = ? AND kind = ? AND about = ?"

KeyAt: TypeAlias = tuple[bytes | None, int]
"""A key, and a partition."""


class SearchCache:
    """A bounded file in a folder; what it does not know any more is searched again.

    Args:
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.max_bytes = max_bytes
        self._file = CacheFile(folder)
        self._clock = clock

    @property
    def path(self) -> Path:
        """Where it is, or will be."""
        return self._file.path

    @property
    def index_offsets_max(self) -> int:
        """For how many offsets of a topic there is room in an index, whatever their keys."""
        return int(self.max_bytes * _INDEX_SHARE) // DIGEST_BYTES

    @property
    def size_bytes(self) -> int:
        """Of the file; 0 where there is none."""
        return self._file.size_bytes

    def known(self, log: Log, keys: Collection[bytes | None]) -> dict[KeyAt, Scanned]:
        """What is known of these keys."""
        return self._file.read(lambda connection: self._known(connection, log, keys), {})

    def remember(self, log: Log, found: Mapping[KeyAt, Scanned]) -> None:
        """Add what was found to what is known."""
        self._file.write(lambda connection: self._remember(connection, log, found))

    def partitioner(self, log: Log, partition_count: int) -> Verified | None:
        """The one that was verified when the topic had so many partitions."""
        return self._file.read(
            lambda connection: _partitioner(connection, log, partition_count), None
        )

    def keep_partitioner(self, log: Log, partition_count: int, kept: Verified) -> None:
        """Remember it."""
        content = orjson.dumps([kept.name, kept.sampled, list(kept.ends.items())])
        row = (PARTITIONER, b"", partition_count, content)
        self._file.write(lambda connection: self._put(connection, log, [row]))

    def indexed(
        self, log: Log, keys: Collection[bytes | None], partitions: Collection[int]
    ) -> dict[KeyAt, Scanned]:
        """What the index of the topic's keys says of these keys."""
        return self._file.read(
            lambda connection: self._indexed(connection, log, keys, partitions), {}
        )

    def index(self, log: Log, partitions: Collection[int]) -> dict[int, tuple[Stretch, ...]]:
        """What of these partitions is in the index."""
        return self._file.read(lambda connection: self._stretches(connection, log, partitions), {})

    def drop_from_index(self, log: Log, starts: Mapping[int, int]) -> None:
        """Drop what ends before these offsets of their partitions."""
        if self.path.exists():
            self._file.write(lambda connection: drop_before(connection, log, starts))

    def add_to_index(self, log: Log, parts: Mapping[PartAt, Part]) -> bool:
        """Add what was found out; False where it cannot be kept now."""
        return self._file.write(lambda connection: self._add_to_index(connection, log, parts))

    def topics(self) -> tuple[CachedTopic, ...]:
        """What is remembered, by topic."""
        return self._file.read(cached_topics, ())

    def forget(self, topic: str | None = None) -> None:
        """Forget all, with the file, or what is known of topics of this name.

        Raises:
            OSError: the file cannot be removed.
        """
        if topic is None:
            self._file.remove()
        else:
            self._file.write(lambda connection: _forget(connection, topic))

    def _known(
        self, connection: sqlite3.Connection, log: Log, keys: Collection[bytes | None]
    ) -> dict[KeyAt, Scanned]:
        topic = topic_row(connection, log)
        known: dict[KeyAt, Scanned] = {}
        if topic is None:
            return known
        now_s = int(self._clock())
        for key in keys:
            place = (topic, log.kind, digest_of_key(key))
            rows = whole_rows(connection, log, log.kind, digest_of_key(key))
            known |= {(key, number): unpacked(content) for number, content, _ in rows}
            if any(now_s - used_s > _TOUCHED_S for *_, used_s in rows):
                with suppress(sqlite3.OperationalError):  # a file that can only be read
                    connection.execute(_USED, (now_s, *place))
        return known

    def _indexed(
        self,
        connection: sqlite3.Connection,
        log: Log,
        keys: Collection[bytes | None],
        partitions: Collection[int],
    ) -> dict[KeyAt, Scanned]:
        digests = {key: digest_in_index(key) for key in keys}
        areas: dict[KeyAt, list[Area]] = defaultdict(list)
        rows = self._used(connection, log, partitions)
        for (partition, _), part in rows:
            for key, digest in digests.items():
                areas[key, partition] += part.areas(digest)
        stretches = _joined_stretches(rows)
        return {at: Scanned(stretches[at[1]], few_areas(of_key)) for at, of_key in areas.items()}

    def _stretches(
        self, connection: sqlite3.Connection, log: Log, partitions: Collection[int]
    ) -> dict[int, tuple[Stretch, ...]]:
        return _joined_stretches(self._used(connection, log, partitions))

    def _used(
        self, connection: sqlite3.Connection, log: Log, partitions: Collection[int]
    ) -> list[tuple[PartAt, Part]]:
        """The parts of the index of these partitions, which are of use now."""
        rows = list(index_rows(connection, log, partitions))
        now_s = int(self._clock())
        if old := [row.at for row in rows if now_s - row.used_s > _TOUCHED_S]:
            with suppress(sqlite3.OperationalError):  # a file that can only be read
                note_use(connection, log, old, now_s)
        return [(row.at, row.part) for row in rows]

    def _add_to_index(
        self, connection: sqlite3.Connection, log: Log, parts: Mapping[PartAt, Part]
    ) -> None:
        known = {row.at: row.part for row in index_rows_at(connection, log, parts)}
        both = {at: known[at].with_newer(n) if at in known else n for at, n in parts.items()}
        rows = [
            (log.index_kind, about_part(part), number, packed_part(one))
            for (number, part), one in both.items()
        ]
        self._put(connection, log, rows)

    def _remember(
        self, connection: sqlite3.Connection, log: Log, found: Mapping[KeyAt, Scanned]
    ) -> None:
        known = self._known(connection, log, {key for key, _ in found})
        both = {at: known.get(at, Scanned()).with_newer(newer) for at, newer in found.items()}
        rows = [
            (log.kind, digest_of_key(key), partition, packed(one))
            for (key, partition), one in both.items()
        ]
        self._put(connection, log, rows)

    def _put(
        self,
        connection: sqlite3.Connection,
        log: Log,
        rows: Iterable[tuple[str, bytes, int, bytes]],
    ) -> None:
        connection.execute(
            "INSERT OR IGNORE INTO topics (cluster, topic_id, name) VALUES (?, ?, ?)",
            (log.cluster_id, log.topic_id, log.topic),
        )
        topic, now_s = topic_row(connection, log), int(self._clock())
        connection.executemany(
            _PUT, [(topic, *row[:3], now_s, row[3], digest_of_row(log, *row)) for row in rows]
        )
        make_room(connection, self.max_bytes)
        connection.execute("DELETE FROM topics WHERE id NOT IN (SELECT topic FROM kept)")


def _partitioner(connection: sqlite3.Connection, log: Log, count: int) -> Verified | None:
    for number, content, _ in whole_rows(connection, log, PARTITIONER, b""):
        if number == count:
            name, sampled, ends = orjson.loads(content)
            return Verified(name, sampled, dict(ends))
    return None


def _joined_stretches(
    rows: Iterable[tuple[PartAt, Part]],
) -> dict[int, tuple[Stretch, ...]]:
    by_partition: dict[int, list[Stretch]] = defaultdict(list)
    for (number, _), part in rows:
        by_partition[number] += part.stretches
    return {number: touching_joined(each) for number, each in by_partition.items()}


def _forget(connection: sqlite3.Connection, topic: str) -> None:
    connection.execute(
        "DELETE FROM kept WHERE topic IN (SELECT id FROM topics WHERE name = ?)", (topic,)
    )
    connection.execute("DELETE FROM topics WHERE name = ?", (topic,))
