"""The index of a topic's keys as rows of the search cache: a part of a partition each."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from readers.search_cache.key_index import PART_OFFSETS, Part, unpacked_part
from readers.search_cache.rows import Log, is_whole, topic_row

_ABOUT_BYTES = 8
_ROWS = "SELECT about, number, used_s, content, digest FROM kept WHERE topic = ? AND kind = ?"
_USED = "UPDATE kept SET used_s = ? WHERE topic = ? AND kind = ? AND about = ? AND number = ?"
_BEFORE = "DELETE FROM kept WHERE topic = ? AND kind = ? AND number = ? AND about < ?"

PartAt: TypeAlias = tuple[int, int]
"""A partition, and the number of a part of it."""


class IndexRow(NamedTuple):
    """A part, and when it was of use last."""

    at: PartAt
    part: Part
    used_s: int


def about_part(number: int) -> bytes:
    """A part's number as the file has it: rows of lower offsets come first."""
    return number.to_bytes(_ABOUT_BYTES, "big")


def index_rows(
    connection: sqlite3.Connection, log: Log, partitions: Collection[int]
) -> Iterator[IndexRow]:
    """The parts of these partitions that are whole, ascending by offset."""
    topic = topic_row(connection, log)
    if topic is None or not partitions:
        return
    # Numbers, not values to be bound: of those SQLite takes a thousand in a statement.
    numbers = ",".join(map(str, sorted(map(int, partitions))))
    sql = f"{_ROWS} AND number IN ({numbers}) ORDER BY about"
    yield from _whole(log, connection.execute(sql, (topic, log.index_kind)))


def index_rows_at(
    connection: sqlite3.Connection, log: Log, places: Iterable[PartAt]
) -> Iterator[IndexRow]:
    """Those of these parts that are there, and whole."""
    topic = topic_row(connection, log)
    sql = f"{_ROWS} AND about = ? AND number = ?"
    for number, part in places:
        place = (topic, log.index_kind, about_part(part), number)
        yield from _whole(log, connection.execute(sql, place))


def _whole(log: Log, rows: Iterable[tuple[bytes, int, int, bytes, bytes]]) -> Iterator[IndexRow]:
    for about, number, used_s, content, digest in rows:
        whole = is_whole(log, log.index_kind, about, number, content, digest)
        if whole and isinstance(used_s, int):
            yield IndexRow((number, int.from_bytes(about, "big")), unpacked_part(content), used_s)


def note_use(
    connection: sqlite3.Connection, log: Log, places: Iterable[PartAt], now_s: int
) -> None:
    """Note that these parts were of use."""
    topic = topic_row(connection, log)
    connection.executemany(
        _USED,
        [(now_s, topic, log.index_kind, about_part(part), number) for number, part in places],
    )


def drop_before(connection: sqlite3.Connection, log: Log, starts: Mapping[int, int]) -> None:
    """Drop the parts that end before these offsets of their partitions."""
    topic = topic_row(connection, log)
    connection.executemany(
        _BEFORE,
        [
            (topic, log.index_kind, number, about_part(start // PART_OFFSETS))
            for number, start in starts.items()
        ],
    )
