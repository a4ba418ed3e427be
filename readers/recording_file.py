"""Opening a recording's file, whoever made it, and saying in a sentence what is wrong with it."""

import os
import re
import sqlite3
import stat
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from readers.errors import NotARecording, SourceError, SourceRefused, SourceUnreachable
from readers.recording_schema import APPLICATION_ID, FORMAT_VERSION, TABLES

BUSY_TIMEOUT_S = 2.0

_GUARDS = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA mmap_size = 0",
)
"""For files from others: https://sqlite.org/security.html, "untrusted SQLite database files"."""


def open_to_read(path: str) -> sqlite3.Connection:
    """A connection that cannot change the recording, after a look at what the file is.

    Raises:
        NotARecording: the file is none, is damaged, or is newer than this kstory.
        SourceRefused: it may not be read.
    """
    check_is_a_file(path)
    try:
        return _checked(path, "mode=ro")
    except sqlite3.OperationalError as error:
        if _code(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise explanation(path, error) from error
    # Without its two side files a recording in WAL mode can only be read where they can be made.
    if _wal_size(path):
        raise SourceRefused(
            f"{path} has unfinished writes beside it ({path}-wal) and its folder cannot be "
            "written to; copy both files to a folder of your own and open it there."
        )
    with explained(path):
        return _checked(path, "mode=ro&immutable=1")


def open_to_write(path: str) -> sqlite3.Connection:
    """A connection that may change the recording, which is made where there is nothing.

    Raises:
        NotARecording: there is a file, and it is no recording.
        SourceRefused: it may not be written or made.
    """
    if Path(path).exists():
        check_is_a_file(path)
        if not os.access(path, os.W_OK):
            raise SourceRefused(f"{path} may not be written to; check its permissions.")
    with explained(path):
        if _is_new(path):
            _create(path)
        return _checked(path, "mode=rw")


def check_is_a_file(path: str) -> None:
    """Look before SQLite does, whose own errors do not tell these apart.

    Raises:
        NotARecording: nothing is there, or something that is no file.
        SourceRefused: it may not be read.
    """
    try:
        mode = Path(path).stat().st_mode
    except PermissionError as error:
        raise SourceRefused(f"{path} may not be read; check its permissions.") from error
    except (OSError, ValueError) as error:
        raise NotARecording(f"There is no recording at {path}; check the path.") from error
    if stat.S_ISDIR(mode):
        raise NotARecording(f"{path} is a folder, not a recording; name a file in it.")
    if not stat.S_ISREG(mode):
        raise NotARecording(f"{path} is not a regular file, so it is no recording.")
    if not os.access(path, os.R_OK):
        raise SourceRefused(f"{path} may not be read; check its permissions.")


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turn what SQLite raises inside into an error of ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise explanation(path, error) from error


def explanation(path: str, error: sqlite3.Error) -> SourceError:
    """The sentence for an error of SQLite's."""
    match _code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return SourceUnreachable(f"{path} is locked by another program; try again.")
        case sqlite3.SQLITE_FULL:
            return SourceRefused(f"There is no space left to write {path}; nothing was kept of it.")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return SourceRefused(
                f"{path} cannot be opened ({error}); check the permissions of it and its folder."
            )
        case sqlite3.SQLITE_IOERR:
            return SourceRefused(f"{path} cannot be read or written: {error}.")
        case sqlite3.SQLITE_NOTADB:
            return NotARecording(f"{path} is not a recording: it is no SQLite file.")
        case _:
            return damage(path, str(error))


def damage(path: str, what: str) -> NotARecording:
    """The error for a file that was a recording and no longer holds together."""
    return NotARecording(f"The recording {path} is damaged ({what}); use a copy that is not.")


def _code(error: sqlite3.Error) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _wal_size(path: str) -> int:
    try:
        return Path(f"{path}-wal").stat().st_size
    except OSError:
        return 0


def _is_new(path: str) -> bool:
    try:
        return Path(path).stat().st_size == 0 and not _wal_size(path)
    except FileNotFoundError:
        return True


def _connect(path: str, options: str) -> sqlite3.Connection:
    # Made by one thread and then owned by another, never used by two at once.
    return sqlite3.connect(
        f"{Path(path).absolute().as_uri()}?{options}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )


def _checked(path: str, options: str) -> sqlite3.Connection:
    connection = _connect(path, options)
    try:
        for guard in _GUARDS:
            connection.execute(guard)
        _check_marks(path, connection)
        _check_schema(path, connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise explanation(path, error) from error
    except NotARecording:
        connection.close()
        raise
    return connection


def _check_marks(path: str, connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise NotARecording(f"{path} is an SQLite file, but no recording of kstory's.")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > FORMAT_VERSION:
        raise NotARecording(
            f"{path} was written by a newer kstory (format {version}, this one reads "
            f"{FORMAT_VERSION}); upgrade kstory to open it."
        )
    if version != FORMAT_VERSION:
        raise damage(path, f"there is no format {version}")


def _check_schema(path: str, connection: sqlite3.Connection) -> None:
    found = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
    expected = {_normal(sql) for sql in TABLES}
    strange = {_normal(sql) for (sql,) in found} ^ expected
    if strange:
        raise NotARecording(
            f"{path} has other tables, views or triggers than a recording of kstory's has, "
            "so it is not opened."
        )


def _normal(sql: str) -> str:
    return re.sub(r"\s+", " ", str(sql))


def _create(path: str) -> None:
    """Make all of it in one transaction: a kill leaves an empty file or a whole recording."""
    with closing(_connect(path, "mode=rwc")) as connection:
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("BEGIN EXCLUSIVE")
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
            for sql in TABLES:
                connection.execute(sql)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            connection.execute("INSERT INTO meta VALUES ('cluster_id', ?)", (str(uuid.uuid4()),))
        connection.execute("COMMIT")
