"""What is remembered, topic by topic."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from readers.search_cache.key_index import unpacked_part
from readers.search_cache.rows import INDEX_PREFIX, PARTITIONER, Log, is_whole, unpacked
from readers.search_cache.scanned import Stretch, touching_joined

_ROWS = "SELECT kind, about, number, content, digest FROM kept WHERE topic = ?"


@dataclass(frozen=True, slots=True)
class CachedIndex:
    """How much of a topic is in the index of its keys.

    Attributes:
        ranges: of offsets that follow one another, in all partitions.
    """

    ranges: int
    offsets: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class CachedTopic:
    """What is remembered of a topic.

    Attributes:
        offsets: looked through, for each key anew.
        index: None where there is none.
        size_bytes: of all of it.
    """

    cluster_id: str
    topic: str
    topic_id: str
    keys: int
    ranges: int
    offsets: int
    index: CachedIndex | None
    size_bytes: int


def cached_topics(connection: sqlite3.Connection) -> tuple[CachedTopic, ...]:
    """All of them, by name."""
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
    indexed: dict[tuple[str, int], list[Stretch]] = {}
    size = index_size = 0
    for kind, about, number, content, digest in connection.execute(_ROWS, (topic,)):
        if not is_whole(log, kind, about, number, content, digest):
            continue
        size += len(content)
        if kind.startswith(INDEX_PREFIX):
            index_size += len(content)
            indexed.setdefault((kind, number), []).extend(unpacked_part(content).stretches)
        elif kind != PARTITIONER:
            keys.add(about)
            stretches += unpacked(content).stretches
    index = [each for of_place in indexed.values() for each in touching_joined(of_place)]
    return CachedTopic(
        log.cluster_id,
        log.topic,
        log.topic_id,
        len(keys),
        len(stretches),
        _offsets(stretches),
        CachedIndex(len(index), _offsets(index), index_size) if index else None,
        size,
    )


def _offsets(stretches: Iterable[Stretch]) -> int:
    return sum(each.end_exclusive - each.start for each in stretches)
