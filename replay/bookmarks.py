"""Bookmarks: events that a person wants to find again, with a note on each.

One SQLite file for each cluster, on this machine. Several processes may use it at once.
"""

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from readers.errors import KstoryError
from readers.record import Position

APPLICATION_ID = 0x4B53424D
"""`KSBM`, where SQLite keeps whose file it is."""

FORMAT_VERSION = 1
"""SQLite's `user_version`; a file with a higher one was written by a newer kstory."""

BUSY_TIMEOUT_S = 2.0
_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TABLE = """CREATE TABLE IF NOT EXISTS bookmarks (
    aggregate TEXT NOT NULL,
    position TEXT NOT NULL,
    note TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (aggregate, position)
) STRICT"""
"""A position is text, `topic:partition@offset`, so that a person can read the file too."""


class BookmarksError(KstoryError):
    """The bookmarks cannot be read or written; what was to be kept was not."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An event of an aggregate's story, by where its record lies: its number may change.

    Attributes:
        note: what the person wrote; it may be empty, and have lines.
        at_ms: when it was last written, since the epoch.
    """

    aggregate: str
    position: Position
    note: str
    at_ms: int


def open_bookmarks(folder: Path, cluster_id: str) -> "Bookmarks":
    """The bookmarks of one cluster. No file is made before something is kept."""
    safe = _SAFE_NAME.fullmatch(cluster_id)
    name = cluster_id if safe else hashlib.sha256(cluster_id.encode()).hexdigest()
    return Bookmarks(folder / f"{name}.bookmarks")


class Bookmarks:
    """The bookmarks in one file, which is open only while a call lasts.

    Every call raises `BookmarksError` where the file cannot be read or written. It waits 2 s at
    most for another process.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def of(self, aggregate: str) -> dict[Position, Bookmark]:
        """An aggregate's, by where they are."""
        found = self._rows("WHERE aggregate = ?", aggregate)
        return {bookmark.position: bookmark for bookmark in found}

    def all(self) -> tuple[Bookmark, ...]:
        """All of the cluster, the newest first."""
        return tuple(self._rows("ORDER BY at_ms DESC, aggregate, position"))

    def keep(self, bookmark: Bookmark) -> None:
        """Keep one; it takes the place of the one that the same event had."""
        row = (bookmark.aggregate, str(bookmark.position), bookmark.note, bookmark.at_ms)
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO bookmarks VALUES (?, ?, ?, ?)", row)

    def remove(self, aggregate: str, position: Position) -> bool:
        """Take one away; whether there was one."""
        if not self.path.exists():
            return False
        with self._writing() as connection:
            where = "WHERE aggregate = ? AND position = ?"
            cursor = connection.execute(
                f"DELETE FROM bookmarks {where}", (aggregate, str(position))
            )
            return cursor.rowcount > 0

    def _rows(self, clause: str, *values: str) -> Iterator[Bookmark]:
        """Nothing where nothing was ever kept."""
        if not self.path.exists():
            return
        sql = f"SELECT aggregate, position, note, at_ms FROM bookmarks {clause}"
        with self._explained("read"), closing(_connected(self.path)) as connection:
            rows = connection.execute(sql, values).fetchall()
        for aggregate, position, note, at_ms in rows:
            yield Bookmark(aggregate, Position.parse(position), note, at_ms)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, in a file that is made where there is none, for this user alone."""
        with self._explained("written"):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            with closing(_connected(self.path)) as connection, connection:
                yield connection

    @contextmanager
    def _explained(self, done: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, _Unfit) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise BookmarksError(
                f"The bookmarks {self.path} cannot be {done}: {why}; check the file and its "
                "folder, or move it away."
            ) from error


def _connected(path: Path) -> sqlite3.Connection:
    """A connection to a file of ours, which has its table."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    # The tables first: another process that makes them just now marks the file with them.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > FORMAT_VERSION and application == APPLICATION_ID:
        raise _Unfit("a newer kstory wrote it")
    if application == APPLICATION_ID:
        return
    if application or tables:
        raise _Unfit("it holds no bookmarks of kstory's")
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_TABLE)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")


class _Unfit(Exception):
    """The file does not hold what is meant; the text says why."""
