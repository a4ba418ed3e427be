"""The ledger: what was done with a cluster's dead letters, by whom and why; nothing is taken back.

One SQLite file for each cluster, on this machine. Several processes may use it at once.
"""

import getpass
import hashlib
import json
import os
import re
import socket
import sqlite3
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from readers.packed_headers import pack_headers
from readers.record import Position, Record, TopicPartition
from replay.deadletters.fate import Fate, noted
from replay.deadletters.ledger_claims import Claimed, check_unclaimed, listed
from replay.deadletters.ledger_entry import (
    ENTRY_COLUMNS,
    FATE_COLUMNS,
    IN_FLIGHT_COLUMNS,
    MEND_COLUMNS,
    Entry,
    InFlight,
    Mend,
    entry_of,
    entry_row,
    fate_of_row,
    in_flight_of,
    mend_of,
)
from replay.deadletters.ledger_schema import complete, connect, create, explained
from replay.deadletters.republish.content import Content
from replay.deadletters.republish.plan import Mended

__all__ = ["Claimed", "Entry", "InFlight", "Ledger", "Mend", "open_ledger"]

_NOTE = f"""
    INSERT INTO entries ({ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (plan_id, seq, outcome) DO NOTHING
"""
_AT_PLACES = (
    "(letter IN (SELECT value FROM json_each(?)) OR origin IN (SELECT value FROM json_each(?)))"
)
_TIMES_SENT = """
    WITH RECURSIVE places (place) AS (
        SELECT ?
        UNION
        SELECT origin FROM entries JOIN places ON target = place WHERE outcome = 'republished'
    )
    SELECT count(*) FROM entries WHERE outcome = 'republished' AND (
        origin IN (SELECT place FROM places) OR target IN (SELECT place FROM places)
        OR content = ?)
"""
_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def user_and_host() -> str:
    """Who is at work here, as entries name it: `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no entry in the password file, as in many containers
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def content_hash(key: bytes | None, value: bytes | None) -> str:
    """SHA-256 of key and value, in hex; null and empty ones differ."""
    return Content(key, value, ()).sha256


def open_ledger(folder: Path, cluster_id: str) -> "Ledger":
    """The ledger of one cluster. No file is made before something is noted.

    Raises:
        LedgerError: there is a file, and it cannot be used.
    """
    return Ledger(ledger_path(folder, cluster_id), cluster_id)


def ledger_path(folder: Path, cluster_id: str) -> Path:
    """Where the ledger of a cluster lies."""
    safe = _SAFE_NAME.fullmatch(cluster_id)
    name = cluster_id if safe else hashlib.sha256(cluster_id.encode()).hexdigest()
    return folder / f"{name}.ledger"


class Ledger:
    """What was noted of one cluster's letters. One thread uses it at a time.

    Every call raises `LedgerError` where the file cannot be read or written; then nothing of that
    call is noted. What a call has noted is on the disk when it returns. A call waits 2 s at most
    for another process.
    """

    def __init__(self, path: Path, cluster_id: str) -> None:
        self.path = path
        self._cluster_id = cluster_id
        self._connection: sqlite3.Connection | None = None
        if path.exists():
            with explained(path):
                self._connection = connect(path, cluster_id)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def note(self, entries: Iterable[Entry]) -> int:
        """Append entries, all or none; gives how many of them were not yet there."""
        with self._writing("so nothing was noted") as connection:
            return _note(connection, entries)

    def entries(
        self,
        *,
        plan_id: str | None = None,
        letter: Position | None = None,
        since_ms: int | None = None,
        places: Collection[Position] | None = None,
    ) -> Iterator[Entry]:
        """What was noted, oldest first: all of it, of a plan, of letters or of their origins."""
        wanted = {
            "plan_id = ?": (plan_id,),
            "at_ms >= ?": (since_ms,),
            "(letter = ? OR origin = ?)": (None if letter is None else str(letter),) * 2,
            _AT_PLACES: (None if places is None else listed(places),) * 2,
        }
        said = {where: values for where, values in wanted.items() if values[0] is not None}
        where = " AND ".join(said) or "TRUE"
        values = [value for values in said.values() for value in values]
        sql = f"SELECT {ENTRY_COLUMNS} FROM entries WHERE {where} ORDER BY id"
        for row in self._rows(sql, *values):
            yield entry_of(row)

    def fates(self, places: Collection[Position] | None = None) -> dict[Position, Fate]:
        """What was noted last, of each letter and of each origin; see `fate.fate_of`.

        `places` are the letters and origins that are asked for; None asks for all of them.
        """
        where = "TRUE" if places is None else _AT_PLACES
        values = () if places is None else (listed(places),) * 2
        sql = f"SELECT {FATE_COLUMNS} FROM entries WHERE {where} ORDER BY id"
        found: dict[Position, Fate] = {}
        for row in self._rows(sql, *values):
            fate, *told = fate_of_row(row)
            for place in told:
                if place and (places is None or place in places):
                    found[place] = noted(found.get(place), fate)
        return found

    def times_sent(self, *, origin: Position | None, content: str | None = None) -> int:
        """How often a letter of this origin, or of this `content_hash`, was republished.

        Where a framework tells only where it read a letter last, that may be where it was sent to;
        then what was sent there counts, and what that was sent for before.
        """
        rows = self._rows(_TIMES_SENT, None if origin is None else str(origin), content)
        return sum(int(str(count)) for (count,) in rows)

    def begin(
        self,
        plan_id: str,
        seqs: Sequence[int],
        ends: Mapping[TopicPartition, int],
        *,
        who: str,
        at_ms: int,
        places: Collection[Position] = (),
        since_ms: int = 0,
    ) -> InFlight:
        """Note that these letters of a plan are about to be sent, before they are.

        `places` are the letters and their origins, which no other plan can begin until this is
        settled.

        Raises:
            Claimed: another plan has begun one of them, or sent it at `since_ms` or later.
        """
        ends_json = json.dumps([[*place, end] for place, end in ends.items()])
        with self._writing("so nothing of this was sent") as connection:
            complete(connection)
            check_unclaimed(connection, plan_id, places, since_ms)
            cursor = connection.execute(
                "INSERT INTO in_flight (plan_id, at_ms, who, seqs, ends) VALUES (?, ?, ?, ?, ?)",
                (plan_id, at_ms, who, json.dumps(list(seqs)), ends_json),
            )
            connection.executemany(
                "INSERT INTO claims VALUES (?, ?)",
                [(str(place), cursor.lastrowid) for place in set(places)],
            )
        return InFlight(cursor.lastrowid or 0, plan_id, at_ms, who, tuple(seqs), dict(ends))

    def in_flight(self, plan_id: str) -> tuple[InFlight, ...]:
        """What was begun of a plan and not settled, oldest first."""
        sql = f"SELECT {IN_FLIGHT_COLUMNS} FROM in_flight WHERE plan_id = ? ORDER BY id"
        return tuple(in_flight_of(plan_id, row) for row in self._rows(sql, plan_id))

    def plan_ids(self, begin: str) -> tuple[str, ...]:
        """The ids, of plans that something was noted of, that begin so."""
        sql = (
            "SELECT DISTINCT plan_id FROM entries WHERE substr(plan_id, 1, length(?1)) = ?1"
            " ORDER BY plan_id"
        )
        return tuple(str(plan_id) for (plan_id,) in self._rows(sql, begin))

    def plans_in_flight(self) -> tuple[str, ...]:
        """The ids of plans that were begun and not settled: cut off, or being sent now."""
        rows = self._rows("SELECT DISTINCT plan_id FROM in_flight ORDER BY plan_id")
        return tuple(str(plan_id) for (plan_id,) in rows)

    def settle(self, begun: Iterable[InFlight], entries: Iterable[Entry]) -> int:
        """Note what became of what was begun, which is in flight no more: both or neither.

        Gives how many of the entries were not yet there.
        """
        unnoted = "so what was just sent is not noted; apply the same plan again, which notes it"
        with self._writing(unnoted) as connection:
            ids = [(note.id,) for note in begun]
            complete(connection)
            connection.executemany("DELETE FROM claims WHERE in_flight_id = ?", ids)
            connection.executemany("DELETE FROM in_flight WHERE id = ?", ids)
            return _note(connection, entries)

    def mend(self, record: Record, mended: Mended, *, who: str, at_ms: int) -> None:
        """Keep what is to be sent instead of a letter's own content; `record` is the letter."""
        before = Content(record.key, record.value, record.headers).sha256
        after = Content(mended.key, mended.value, mended.headers).sha256
        headers = pack_headers(mended.headers)
        self._mend(
            (str(record.position), at_ms, who, 0, before, after, mended.key, mended.value, headers)
        )

    def discard_mend(self, letter: Position, *, who: str, at_ms: int) -> None:
        """Take a letter's mended content back: its own is sent again."""
        self._mend((str(letter), at_ms, who, 1, None, None, None, None, None))

    def mended(self, letter: Position) -> Mended | None:
        """What is to be sent instead of the letter's own; None where that is sent as it is."""
        latest = deque(self.mends(letter), maxlen=1)
        return latest[0].mended if latest else None

    def mended_ms(self, letter: Position) -> int | None:
        """When the letter was mended; None where it is sent as it is."""
        sql = "SELECT at_ms, discarded FROM mends WHERE letter = ? ORDER BY id DESC LIMIT 1"
        row = next(self._rows(sql, str(letter)), None)
        return None if row is None or row[1] else int(str(row[0]))

    def mends(
        self, letter: Position | None = None, *, since_ms: int | None = None
    ) -> Iterator[Mend]:
        """All edits, oldest first; or those of a letter."""
        wanted = {"letter = ?": None if letter is None else str(letter), "at_ms >= ?": since_ms}
        said = {where: value for where, value in wanted.items() if value is not None}
        sql = (
            f"SELECT letter, {MEND_COLUMNS} FROM mends "
            f"WHERE {' AND '.join(said) or 'TRUE'} ORDER BY id"
        )
        return map(mend_of, self._rows(sql, *said.values()))

    def _mend(self, row: tuple[object, ...]) -> None:
        with self._writing("so the letter stays as it was") as connection:
            connection.execute(
                f"INSERT INTO mends (letter, {MEND_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def _rows(self, sql: str, *values: object) -> Iterator[tuple[object, ...]]:
        """Nothing where nothing was ever noted."""
        with explained(self.path):
            if self._connection is None and self.path.exists():
                self._connection = connect(self.path, self._cluster_id)
            if self._connection is None:
                return
            yield from self._connection.execute(sql, values)

    @contextmanager
    def _writing(self, failed: str) -> Iterator[sqlite3.Connection]:
        """One transaction; `failed` says what follows where it cannot be had."""
        with explained(self.path, failed):
            if self._connection is None:
                create(self.path, self._cluster_id)
                self._connection = connect(self.path, self._cluster_id)
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise


def _note(connection: sqlite3.Connection, entries: Iterable[Entry]) -> int:
    before = connection.total_changes
    connection.executemany(_NOTE, map(entry_row, entries))
    return connection.total_changes - before
