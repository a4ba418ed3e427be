"""The ledger's account of what `replay` and `import` sent into a cluster, by whom and why.

It lies in the same file as what was done with the cluster's dead letters, in a table of its own.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import orjson

from replay.deadletters.ledger_schema import connect, create, explained

_TABLE = """CREATE TABLE IF NOT EXISTS moves (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    state TEXT NOT NULL,
    write TEXT NOT NULL,
    origin TEXT NOT NULL,
    topics TEXT NOT NULL,
    records INTEGER NOT NULL,
    reason TEXT
) STRICT"""
_STAYS = """CREATE TRIGGER IF NOT EXISTS moves_{what} BEFORE {what} ON moves BEGIN
    SELECT RAISE(ABORT, 'what the ledger says stays said');
END"""
_COLUMNS = "at_ms, who, state, write, origin, topics, records, reason"


class MoveState(Enum):
    """Where a run of a write stood when it was noted."""

    BEGUN = "begun"
    """Noted before anything is sent; with nothing behind it, the process was killed."""
    STOPPED = "stopped"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the account.

    Attributes:
        write: which write: `replay-…` or `import-…`; the same for the same command.
        origin: what was read.
        topics: of the cluster, that were written to.
        records: how many this run had sent by then.
    """

    at_ms: int
    who: str
    state: MoveState
    write: str
    origin: str
    topics: tuple[str, ...]
    records: int = 0
    reason: str | None = None


class MoveLog:
    """The account of one cluster. Every call raises `LedgerError` where the file cannot be used."""

    def __init__(self, path: Path, cluster_id: str) -> None:
        self._path = path
        self._cluster_id = cluster_id

    def note(self, move: Move) -> None:
        """Append a line; it is on the disk when this returns."""
        row = (
            move.at_ms,
            move.who,
            move.state.value,
            move.write,
            move.origin,
            orjson.dumps(move.topics).decode(),
            move.records,
            move.reason,
        )
        with explained(self._path, "so this was not noted"):
            if not self._path.exists():
                create(self._path, self._cluster_id)
            with self._opened() as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_TABLE)
                for what in ("UPDATE", "DELETE"):
                    connection.execute(_STAYS.format(what=what))
                connection.execute(
                    f"INSERT INTO moves ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
                )
                connection.execute("COMMIT")

    def moves(self, since_ms: int | None = None) -> tuple[Move, ...]:
        """All lines, or those from a time on, oldest first."""
        if not self._path.exists():
            return ()
        with explained(self._path, "so it is not known what was sent"), self._opened() as file:
            if not file.execute("SELECT 1 FROM sqlite_schema WHERE name = 'moves'").fetchone():
                return ()
            rows = file.execute(
                f"SELECT {_COLUMNS} FROM moves WHERE at_ms >= ? ORDER BY id",
                (-(2**63) if since_ms is None else since_ms,),
            )
            return tuple(_move(row) for row in rows)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(connect(self._path, self._cluster_id)) as connection:
            yield connection


def _move(row: tuple[object, ...]) -> Move:
    at_ms, who, state, write, origin, topics, records, reason = row
    return Move(
        int(str(at_ms)),
        str(who),
        MoveState(state),
        str(write),
        str(origin),
        tuple(map(str, orjson.loads(str(topics)))),
        int(str(records)),
        None if reason is None else str(reason),
    )
