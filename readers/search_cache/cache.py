"""What searches of clusters found out, kept on this machine.

It holds topics' names, digests of keys, and offsets; no key and no value.
"""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

import orjson

from readers.partition_check import Verified
from readers.search_cache.file import CacheFile, make_room
from readers.search_cache.scanned import Scanned, Stretch

MAX_BYTES = 64_000_000
_TOUCHED_S = 3_600
"""What was used within the last hour need not be noted as used again."""
_PARTITIONER = "partitioner"
_ROWS = """
    SELECT number, content, digest, used_s FROM kept
    WHERE topic = ? AND kind = ? AND about = ?
"""
_PUT = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)"
_USED = "UPDATE kept SET used_s = ? WHERE topic = ? AND kind = ? AND about = ?"

KeyAt: TypeAlias = tuple[bytes | None, int]
"""A key, and a partition."""


@dataclass(frozen=True, slots=True)
class Log:
    """Whose records: those of one topic.

    Attributes:
        topic_id: a topic that is made again has another one.
        committed: whether only committed records were looked at.
    """

    cluster_id: str
    topic_id: str
    topic: str
    committed: bool

    @property
    def kind(self) -> str:
        """The isolation level, as the file names it."""
        return "committed" if self.committed else "uncommitted"


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
        topic = _topic(connection, log)
        known: dict[KeyAt, Scanned] = {}
        if topic is None:
            return known
        now_s = int(self._clock())
        for key in keys:
            place = (topic, log.kind, _about(key))
            rows = _rows(connection, log, log.kind, _about(key))
            known |= {(key, number): _scanned(content) for number, content, _ in rows}
            if any(now_s - used_s > _TOUCHED_S for *_, used_s in rows):
                with suppress(sqlite3.OperationalError):  # a file that can only be read
                    connection.execute(_USED, (now_s, *place))
        return known

    def _remember(
        self, connection: sqlite3.Connection, log: Log, found: Mapping[KeyAt, Scanned]
    ) -> None:
        known = self._known(connection, log, {key for key, _ in found})
        self._put(
            connection,
            log,
            [
                (log.kind, _about(at[0]), at[1], _content(known.get(at, Scanned()), newer))
                for at, newer in found.items()
            ],
        )

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
        topic, now_s = _topic(connection, log), int(self._clock())
        connection.executemany(
            _PUT, [(topic, *row[:3], now_s, row[3], _digest(log, *row)) for row in rows]
        )
        make_room(connection, self.max_bytes)
        connection.execute("DELETE FROM topics WHERE id NOT IN (SELECT topic FROM kept)")


def _topic(connection: sqlite3.Connection, log: Log) -> int | None:
    row = connection.execute(
        "SELECT id FROM topics WHERE cluster = ? AND topic_id = ?", (log.cluster_id, log.topic_id)
    ).fetchone()
    return row[0] if row is not None and isinstance(row[0], int) else None


def _rows(
    connection: sqlite3.Connection, log: Log, kind: str, about: bytes
) -> list[tuple[int, bytes, int]]:
    """Number, content and last use of the rows that are whole."""
    rows = connection.execute(_ROWS, (_topic(connection, log), kind, about))
    return [
        (number, content, used_s)
        for number, content, digest, used_s in rows
        if _is_whole(log, kind, about, number, content, digest) and isinstance(used_s, int)
    ]


def _is_whole(
    log: Log, kind: object, about: object, number: object, content: object, digest: object
) -> bool:
    """So that damage of the file is never taken for knowledge."""
    if not isinstance(kind, str) or not isinstance(about, bytes) or not isinstance(number, int):
        return False
    return isinstance(content, bytes) and digest == _digest(log, kind, about, number, content)


def _about(key: bytes | None) -> bytes:
    return blake2b(b"" if key is None else b"=" + key, digest_size=16).digest()


def _digest(log: Log, kind: str, about: bytes, number: int, content: bytes) -> bytes:
    said = orjson.dumps([log.cluster_id, log.topic_id, kind, about.hex(), number])
    return blake2b(said + content, digest_size=8).digest()


def _content(known: Scanned, newer: Scanned) -> bytes:
    both = known.with_newer(newer)
    return orjson.dumps([list(map(list, both.stretches)), both.areas])


def _scanned(content: bytes) -> Scanned:
    stretches, areas = orjson.loads(content)
    return Scanned(
        tuple(Stretch(*each) for each in stretches), tuple((first, end) for first, end in areas)
    )


def _partitioner(connection: sqlite3.Connection, log: Log, count: int) -> Verified | None:
    for number, content, _ in _rows(connection, log, _PARTITIONER, b""):
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
        if not _is_whole(log, kind, about, number, content, digest):
            continue
        size += len(content)
        if kind != _PARTITIONER:
            keys.add(about)
            stretches += _scanned(content).stretches
    offsets = sum(each.end_exclusive - each.start for each in stretches)
    return CachedTopic(
        log.cluster_id, log.topic, log.topic_id, len(keys), len(stretches), offsets, size
    )


def _forget(connection: sqlite3.Connection, topic: str) -> None:
    connection.execute(
        "DELETE FROM kept WHERE topic IN (SELECT id FROM topics WHERE name = ?)", (topic,)
    )
    connection.execute("DELETE FROM topics WHERE name = ?", (topic,))
