"""What a recording's file holds: its tables, its marks, and how headers are written as bytes."""

import struct

from readers.record import Header, TimestampType

APPLICATION_ID = 0x4B535459
"""`KSTY`, where SQLite keeps whose file it is."""

FORMAT_VERSION = 1
"""SQLite's `user_version`; a file with a higher one was written by a newer kstory."""

BLOCK_BITS = 10
"""A row of `blocks` sums up 2**10 offsets, as Kafka's own sparse time index does for 4 KiB."""

TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    """CREATE TABLE topics (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    uuid TEXT NOT NULL,
    config TEXT NOT NULL,
    internal INTEGER NOT NULL
) STRICT""",
    """CREATE TABLE partitions (
    id INTEGER PRIMARY KEY,
    topic_id INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    start_offset INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    UNIQUE (topic_id, partition)
) STRICT""",
    """CREATE TABLE records (
    partition_id INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    timestamp_ms INTEGER,
    timestamp_type INTEGER,
    key BLOB,
    value BLOB,
    headers BLOB
) STRICT""",
    "CREATE UNIQUE INDEX records_by_offset ON records (partition_id, offset)",
    "CREATE INDEX records_by_key ON records (partition_id, key, offset)",
    """CREATE TABLE blocks (
    partition_id INTEGER NOT NULL,
    block INTEGER NOT NULL,
    newest_ms INTEGER,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (partition_id, block)
) STRICT, WITHOUT ROWID""",
)
"""Exactly what a recording holds; a file with anything else (a view, a trigger) is refused.

`records` has a rowid, since SQLite wants no large values in a table without one. `timestamp_type`
is 1 for create and 2 for append time. `blocks` is the index by time: the newest timestamp of each
1,024 offsets, so that the first record at or after a time is found by reading one block. Unlike a
running maximum it stays right when records are stored out of their order.
"""

TYPE_NUMBERS = {None: None, TimestampType.CREATE: 1, TimestampType.APPEND: 2}
TYPES = {number: kind for kind, number in TYPE_NUMBERS.items()}

_LENGTHS = struct.Struct("<Ii")


def pack_headers(headers: tuple[Header, ...]) -> bytes | None:
    """Headers as bytes, in their order; None for none.

    Each is the length of its name (u32) and of its value (i32, -1 for null), little-endian, then
    name and value. A name is UTF-8, its undecodable bytes (surrogate escapes) as they were.
    """
    if not headers:
        return None
    parts = []
    for name, value in headers:
        raw = name.encode("utf-8", "surrogateescape")
        if value is None:
            parts.append(_LENGTHS.pack(len(raw), -1) + raw)
        else:
            parts.append(_LENGTHS.pack(len(raw), len(value)) + raw + value)
    return b"".join(parts)


def unpack_headers(packed: bytes | None) -> tuple[Header, ...]:
    """What `pack_headers` was given.

    Raises:
        ValueError: these bytes were not made by it.
    """
    if packed is None:
        return ()
    headers = []
    at, end = 0, len(packed)
    try:
        while at < end:
            name_length, value_length = _LENGTHS.unpack_from(packed, at)
            value_at = at + 8 + name_length
            at = value_at + max(value_length, 0)
            name = packed[value_at - name_length : value_at].decode("utf-8", "surrogateescape")
            headers.append((name, None if value_length == -1 else packed[value_at:at]))
    except struct.error as error:
        raise ValueError("headers are cut off") from error
    if at != end or value_length < -1:
        raise ValueError("headers have impossible lengths")
    return tuple(headers)
