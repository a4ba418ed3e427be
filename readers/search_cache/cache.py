"""What searches of clusters found out, kept on this machine.

It holds topics' names, digests of keys, and offsets; no key and no value.
"""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import orjson

from readers.partition_check import Verified
from readers.search_cache.file import CacheFile, make_room
from readers.search_cache.rows import (
    Log,
    digest_of_key,
    digest_of_row,
    is_whole,
    packed,
    topic_row,
    unpacked,
    whole_rows,
)
from readers.search_cache.scanned import Scanned, Stretch

MAX_BYTES = 64_000_000
_TOUCHED_S = 3_600
"""What was used within the last hour need not be noted as used again."""
_PARTITIONER = "partitioner"
_PUT = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)"
_USED = "UPDATE kept SET used_s = ? WHERE topic = ? AND kind = ? AND about = ?"

KeyAt: TypeAlias = tuple[bytes | None, int]
"""A key, and a partition."""


@dataclass(frozen=True, slots=True)
class CachedTopic:
    """What is remembered of a topic.

    Attributes:
        offsets: looked through, for each key anew.
    """

    cluster_id: str
    topic: str
    topic_id: str
    keys: int
    ranges: int
    offsets: int
    size_bytes: int


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
        row = (_PARTITIONER, b"", partition_count, content)
        self._file.write(lambda connection: self._put(connection, log, [row]))

    def topics(self) -> tuple[CachedTopic, ...]:
        """What is remembered, by topic."""
        return self._file.read(_topics, ())

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
    for number, content, _ in whole_rows(connection, log, _PARTITIONER, b""):
        if number == count:
            name, sampled, ends = orjson.loads(content)
            return Verified(name, sampled, dict(ends))
    return None


def _topics(connection: sqlite3.Connection) -> tuple[CachedTopic, ...]:
    found = connection.execute(
        "SELECT cluster, name, topic_id, id FROM topics ORDER BY name, cluster, topic_id"
    )
    return tuple(
        _cached_topic(connection, Log(cluster, topic_id, name, committed=True), topic)
        for cluster, name, topic_id, topic in found.fetchall()
        if all(isinstance(each, str) for each in (cluster, name, topic_id))
    )


def _cached_topic(connection: sqlite3.Connection, log: Log, topic: int) -> CachedTopic:
    keys: set[bytes] = set()
    stretches: list[Stretch] = []
    size = 0
    sql = "SELECT kind, about, number, content, digest FROM kept WHERE topic = ?"
    for kind, about, number, content, digest in connection.execute(sql, (topic,)):
        if not is_whole(log, kind, about, number, content, digest):
            continue
        size += len(content)
        if kind != _PARTITIONER:
            keys.add(about)
            stretches += unpacked(content).stretches
    offsets = sum(each.end_exclusive - each.start for each in stretches)
    return CachedTopic(
        log.cluster_id, log.topic, log.topic_id, len(keys), len(stretches), offsets, size
    )


def _forget(connection: sqlite3.Connection, topic: str) -> None:
    connection.execute(
        "DELETE FROM kept WHERE topic IN (SELECT id FROM topics WHERE name = ?)", (topic,)
    )
    connection.execute("DELETE FROM topics WHERE name = ?", (topic,))
