"""A file that only ever saves time: whatever is wrong with it, it is as if it were empty."""

import os
import sqlite3
from bisect import bisect_left
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_NAME = "searches-{}.sqlite"
_VERSION = 2
"""In the file's name: another version of kstory does not touch what this one reads."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""The last one: a table is missing, or looks otherwise."""
_WAIT_S = 0.5
"""For another process; then it does without."""
_SCHEMA = """
    CREATE TABLE topics (
        id INTEGER PRIMARY KEY, cluster TEXT NOT NULL, topic_id TEXT NOT NULL, name TEXT NOT NULL,
        UNIQUE (cluster, topic_id)
    );
    CREATE TABLE kept (
        topic INTEGER NOT NULL, kind TEXT NOT NULL, about BLOB NOT NULL, number INTEGER NOT NULL,
        used_s INTEGER NOT NULL, content BLOB NOT NULL, digest BLOB NOT NULL,
        PRIMARY KEY (topic, kind, about, number)
    ) WITHOUT ROWID;
"""
_OLDEST = """
    SELECT topic, kind, about, number, coalesce(length(content), 0)
    FROM kept ORDER BY used_s, about, number
"""
_DROP = "DELETE FROM kept WHERE topic = ? AND kind = ? AND about = ? AND number = ?"
_SPARE = 1 / 8
"""Of the room: what is dropped at once, so that not each search has to drop something."""
_ROW_BYTES = 100
"""What a row takes besides its content."""


class CacheFile:
    """An SQLite file; several processes may use it at once, and each of them throw it away.

    It is opened for each question: nothing is to be closed, and any thread may ask.

    Args:
        folder: made when something is to be kept.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / _NAME.format(_VERSION)

    @property
    def size_bytes(self) -> int:
        """0 where there is none."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def read(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What the work gives, or the other thing where the file cannot be read."""
        return self._done(work, otherwise, "BEGIN") if self.path.exists() else otherwise

    def write(self, work: Callable[[sqlite3.Connection], object]) -> bool:
        """All the work does, or nothing of it, which is False; others wait."""
        return self._done(lambda connection: (work(connection), True)[1], False, "BEGIN IMMEDIATE")

    def remove(self) -> None:
        """Throw it away.

        Raises:
            OSError: it cannot be removed.
        """
        self.path.unlink(missing_ok=True)

    def _done(self, work: Callable[[sqlite3.Connection], T], otherwise: T, begin: str) -> T:
        try:
            with closing(_connect(self.path)) as connection:  # 0.3 ms
                return _in_transaction(connection, work, begin)
        except sqlite3.Error as error:
            if _is_damage(error):
                with suppress(OSError):
                    self.remove()
        except OSError:
            pass  # a folder that cannot be made or read
        return otherwise


def _is_damage(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # Python's own: bytes where a text should be
        return isinstance(error, sqlite3.OperationalError)
    return code & 0xFF in _DAMAGED


def used_bytes(connection: sqlite3.Connection) -> int:
    """Of the file's pages those that hold something."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def make_room(connection: sqlite3.Connection, max_bytes: int) -> None:
    """Drop what was not used for longest, until the rest is small enough."""
    while (used := used_bytes(connection)) > max_bytes:
        too_much = used - max_bytes * (1 - _SPARE)
        oldest = connection.execute(_OLDEST).fetchall()
        if not oldest:
            return
        freed = list(accumulate(size + _ROW_BYTES for *_, size in oldest))
        dropped = oldest[: bisect_left(freed, too_much) + 1]
        connection.executemany(_DROP, [place for *place, _ in dropped])


def _in_transaction(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T], begin: str
) -> T:
    connection.execute(begin)
    try:
        result = work(connection)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return result


def _connect(path: Path) -> sqlite3.Connection:
    """The file, with its tables; where it is new, those of other versions are removed."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for other in path.parent.glob(_NAME.format("*")):
            other.unlink(missing_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # a crash may damage it; see its digests
        if not _version(connection):
            _in_transaction(connection, _make_tables, "BEGIN IMMEDIATE")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    if _version(connection):  # another process was faster
        return
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {_VERSION}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
