"""What a recording's file holds: its tables and its marks."""

from readers.record import TimestampType

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
