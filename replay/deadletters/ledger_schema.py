"""What a ledger's file holds, how it is made and opened, and what is said where that fails."""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from readers.errors import KstoryError

APPLICATION_ID = 0x4B534C47
"""`KSLG`, where SQLite keeps whose file it is."""

FORMAT_VERSION = 1
"""SQLite's `user_version`; a file with a higher one was written by a newer kstory."""

BUSY_TIMEOUT_S = 2.0
_LEAST_FREE_BYTES = 65_536
"""Twice what SQLite's index of the write-ahead log takes at first."""

_STAYS = """CREATE TRIGGER {table}_{what} BEFORE {what} ON {table} BEGIN
    SELECT RAISE(ABORT, 'what the ledger says stays said');
END"""

_CLAIMS = """CREATE TABLE IF NOT EXISTS claims (
    place TEXT NOT NULL,
    in_flight_id INTEGER NOT NULL,
    PRIMARY KEY (place, in_flight_id)
) STRICT"""
"""Letters and origins of what is in flight."""

_BY_TARGET = "CREATE INDEX IF NOT EXISTS entries_by_target ON entries (target)"

_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    """CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    outcome TEXT NOT NULL,
    letter TEXT NOT NULL,
    origin TEXT,
    target TEXT,
    plan_id TEXT,
    seq INTEGER,
    reason TEXT,
    content TEXT,
    consumer_group TEXT,
    UNIQUE (plan_id, seq, outcome)
) STRICT""",
    "CREATE INDEX entries_by_letter ON entries (letter)",
    "CREATE INDEX entries_by_origin ON entries (origin)",
    "CREATE INDEX entries_by_content ON entries (content)",
    _BY_TARGET,
    """CREATE TABLE in_flight (
    id INTEGER PRIMARY KEY,
    plan_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    seqs TEXT NOT NULL,
    ends TEXT NOT NULL
) STRICT""",
    _CLAIMS,
    """CREATE TABLE mends (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    letter TEXT NOT NULL,
    discarded INTEGER NOT NULL,
    before TEXT,
    after TEXT,
    key BLOB,
    value BLOB,
    headers BLOB
) STRICT""",
    "CREATE INDEX mends_by_letter ON mends (letter)",
    *(
        _STAYS.format(table=table, what=what)
        for table in ("entries", "mends")
        for what in ("UPDATE", "DELETE")
    ),
)
"""Positions are text, `topic:partition@offset`, so that a person can read the file too.

`content` is the SHA-256 of the key and value that were sent. `seqs` is a JSON list, `ends` one of
`[topic, partition, end]`. In `mends`, `before` and `after` are SHA-256 of the whole letter, and
`headers` are packed as in a recording.
"""


class LedgerError(KstoryError):
    """The ledger cannot be read or written; what was to be noted first was therefore not done."""


def create(path: Path, cluster_id: str) -> None:
    """Make the file where there is none, for this user alone.

    It is made under another name and then linked, so that no other process sees half of it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{uuid.uuid4()}")
    try:
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        _fill(draft, cluster_id)
        with suppress(FileExistsError):  # another one was faster, and its file is as good
            os.link(draft, path)
        _sync(path.parent)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """A file's name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fill(path: Path, cluster_id: str) -> None:
    with closing(_connect(path)) as connection:
        connection.execute("BEGIN")
        for sql in _TABLES:
            connection.execute(sql)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        connection.execute("INSERT INTO meta VALUES ('cluster_id', ?)", (cluster_id,))
        connection.execute("COMMIT")
        # Last: what lies in a log beside the draft would not be linked with it.
        connection.execute("PRAGMA journal_mode = WAL")


def complete(connection: sqlite3.Connection) -> None:
    """Add what ledgers of before were made without."""
    connection.execute(_CLAIMS)
    connection.execute(_BY_TARGET)


def connect(path: Path, cluster_id: str) -> sqlite3.Connection:
    """A connection to the file, after a look at whose it is. What it commits is on the disk."""
    connection = _connect(path)
    try:
        _check(connection, cluster_id)
        _complete(connection)
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def _complete(connection: sqlite3.Connection) -> None:
    """A ledger that was made without the consumer groups gets their column."""
    asked = "SELECT 1 FROM pragma_table_info('entries') WHERE name = 'consumer_group'"
    if connection.execute(asked).fetchone():
        return
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute(asked).fetchone():  # another process was not faster
        connection.execute("ALTER TABLE entries ADD COLUMN consumer_group TEXT")
    connection.execute("COMMIT")


def _connect(path: Path) -> sqlite3.Connection:
    # Made by one thread and then owned by another, never used by two at once.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )


def _check(connection: sqlite3.Connection, cluster_id: str) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise _Unfit("it is no ledger of kstory's; move it away")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > FORMAT_VERSION:
        raise _Unfit(
            f"a newer kstory wrote it (format {version}, this one knows {FORMAT_VERSION}); "
            "upgrade kstory"
        )
    found = connection.execute("SELECT value FROM meta WHERE name = 'cluster_id'").fetchone()
    if found != (cluster_id,):
        raise _Unfit("it is another cluster's; move it away")


class _Unfit(Exception):
    """The file is not the ledger that is meant; the text says why, and what to do."""


@contextmanager
def explained(path: Path, failed: str = "so no letter's fate is known") -> Iterator[None]:
    """Turn what the file's use raises inside into an error of ours.

    `failed` says what follows from it: what was not done.
    """
    try:
        yield
    except _Unfit as error:
        raise LedgerError(f"The ledger {path} cannot be used, {failed}: {error}.") from error
    except sqlite3.Error as error:
        raise LedgerError(f"{_trouble(path, error, failed)}.") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise LedgerError(
            f"The ledger {path} cannot be made, {failed}: {why}; check its folder."
        ) from error


def _trouble(path: Path, error: sqlite3.Error, failed: str) -> str:
    match _code(path, error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"The ledger {path} is locked by another program, {failed}; try again"
        case sqlite3.SQLITE_FULL:
            return f"There is no space left for the ledger {path}, {failed}; make room"
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return f"The ledger {path} may not be opened or written, {failed}; check permissions"
        case sqlite3.SQLITE_IOERR:
            return f"The ledger {path} fails ({error}), {failed}; check the disk"
        case sqlite3.SQLITE_NOTADB:
            return f"The ledger {path} is no SQLite file, {failed}; move it away"
        case _:
            return f"The ledger {path} is damaged ({error}), {failed}; move it away"


def _code(path: Path, error: sqlite3.Error) -> int | None:
    """SQLite's code; it calls a full disk an I/O error where it maps a file into memory."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    is_io = code & 0xFF == sqlite3.SQLITE_IOERR
    if is_io and shutil.disk_usage(path.parent).free < _LEAST_FREE_BYTES:
        return sqlite3.SQLITE_FULL
    return code & 0xFF
