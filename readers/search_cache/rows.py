"""Rows of the search cache: each can be told from a damaged one, and names no key."""

import sqlite3
from dataclasses import dataclass
from hashlib import blake2b

import orjson

from readers.search_cache.scanned import Scanned, Stretch

INDEX_PREFIX = "index of "
PARTITIONER = "partitioner"
_ROWS = """
    SELECT number, content, digest, used_s FROM kept
    WHERE topic = ? AND kind = ? AND about = ?
"""


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

    @property
    def index_kind(self) -> str:
        """What the file calls the index of such records' keys."""
        return f"{INDEX_PREFIX}{self.kind}"


def topic_row(connection: sqlite3.Connection, log: Log) -> int | None:
    """The number of the topic in the file; None where nothing is known of it."""
    row = connection.execute(
        "SELECT id FROM topics WHERE cluster = ? AND topic_id = ?", (log.cluster_id, log.topic_id)
    ).fetchone()
    return row[0] if row is not None and isinstance(row[0], int) else None


def whole_rows(
    connection: sqlite3.Connection, log: Log, kind: str, about: bytes
) -> list[tuple[int, bytes, int]]:
    """Number, content and last use of the rows that are whole."""
    rows = connection.execute(_ROWS, (topic_row(connection, log), kind, about))
    return [
        (number, content, used_s)
        for number, content, digest, used_s in rows
        if is_whole(log, kind, about, number, content, digest) and isinstance(used_s, int)
    ]


def is_whole(
    log: Log, kind: object, about: object, number: object, content: object, digest: object
) -> bool:
    """So that damage of the file is never taken for knowledge."""
    if not isinstance(kind, str) or not isinstance(about, bytes) or not isinstance(number, int):
        return False
    return isinstance(content, bytes) and digest == digest_of_row(log, kind, about, number, content)


def digest_of_key(key: bytes | None) -> bytes:
    """What stands for a key; null and empty ones differ."""
    return blake2b(b"" if key is None else b"=" + key, digest_size=16).digest()


def digest_of_row(log: Log, kind: str, about: bytes, number: int, content: bytes) -> bytes:
    """What a row has to have beside its content."""
    said = orjson.dumps([log.cluster_id, log.topic_id, kind, about.hex(), number])
    return blake2b(said + content, digest_size=8).digest()


def packed(known: Scanned) -> bytes:
    """What is known, as a row's content."""
    return orjson.dumps([list(map(list, known.stretches)), known.areas])


def unpacked(content: bytes) -> Scanned:
    """What is known, from the content of a whole row."""
    stretches, areas = orjson.loads(content)
    return Scanned(
        tuple(Stretch(*each) for each in stretches), tuple((first, end) for first, end in areas)
    )
