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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from sys import intern

from readers.record import Position, Record, TopicPartition
from readers.recording_schema import pack_headers, unpack_headers
from replay.deadletters.fate import Fate, Outcome
from replay.deadletters.ledger_schema import connect, create, explained
from replay.deadletters.republish.content import Content
from replay.deadletters.republish.plan import Mended

_NOTE = """
    INSERT INTO entries
        (at_ms, who, outcome, letter, origin, target, plan_id, seq, reason, content)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (plan_id, seq, outcome) DO NOTHING
"""
_COLUMNS = "at_ms, who, outcome, letter, origin, target, plan_id, seq, reason, content"
_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done with a letter, or happened to it.

    Attributes:
        who: `user@host`.
        target: where a republished one lies now, or one that came back.
        plan_id, seq: of the plan that sent it. A plan's letter is noted once for each outcome.
        reason: why it was done, as the person said.
        content: of `content_hash`, by which a letter is known whose framework keeps neither its
            headers nor its origin.
    """

    at_ms: int
    who: str
    outcome: Outcome
    letter: Position
    origin: Position | None = None
    target: Position | None = None
    plan_id: str | None = None
    seq: int | None = None
    reason: str | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class InFlight:
    """Letters of a plan that may or may not have been sent: noted before, not yet settled.

    Attributes:
        seqs: in the order of sending.
        ends: where each of their targets ended before; what was sent lies from there on.
    """

    id: int
    plan_id: str
    at_ms: int
    who: str
    seqs: tuple[int, ...]
    ends: Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Mend:
    """A letter's content as someone edited it; `mended` None takes what was before it back.

    Attributes:
        before, after: SHA-256 of the whole letter, in hex; None where it was taken back.
    """

    at_ms: int
    who: str
    letter: Position
    mended: Mended | None
    before: str | None
    after: str | None


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
    safe = _SAFE_NAME.fullmatch(cluster_id)
    name = cluster_id if safe else hashlib.sha256(cluster_id.encode()).hexdigest()
    return Ledger(folder / f"{name}.ledger", cluster_id)


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
            self._connection = connect(path, cluster_id)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def note(self, entries: Iterable[Entry]) -> int:
        """Append entries, all or none; gives how many of them were not yet there."""
        with self._writing() as connection:
            return _note(connection, entries)

    def entries(
        self,
        *,
        plan_id: str | None = None,
        letter: Position | None = None,
        since_ms: int | None = None,
    ) -> Iterator[Entry]:
        """What was noted, oldest first: all of it, of a plan, of a letter or its origin."""
        where = (
            "(?1 IS NULL OR plan_id = ?1) AND (?2 IS NULL OR at_ms >= ?2)"
            " AND (?3 IS NULL OR letter = ?3 OR origin = ?3)"
        )
        sql = f"SELECT {_COLUMNS} FROM entries WHERE {where} ORDER BY id"
        place = None if letter is None else str(letter)
        for row in self._rows(sql, plan_id, since_ms, place):
            yield _entry(row)

    def fates(self) -> dict[Position, Fate]:
        """What was noted last, of each letter and of each origin; see `fate.fate_of`."""
        found: dict[Position, Fate] = {}
        for entry in self.entries():
            fate = Fate(
                entry.outcome, entry.at_ms, entry.who, entry.reason, entry.plan_id, entry.target
            )
            found[entry.letter] = fate
            if entry.origin is not None:
                found[entry.origin] = fate
        return found

    def times_sent(self, *, origin: Position | None, content: str | None = None) -> int:
        """How often a letter of this origin, or of this `content_hash`, was republished."""
        sql = (
            "SELECT count(*) FROM entries WHERE outcome = 'republished'"
            " AND (origin = ? OR content = ?)"
        )
        rows = self._rows(sql, None if origin is None else str(origin), content)
        return sum(int(str(count)) for (count,) in rows)

    def begin(
        self,
        plan_id: str,
        seqs: Sequence[int],
        ends: Mapping[TopicPartition, int],
        *,
        who: str,
        at_ms: int,
    ) -> InFlight:
        """Note that these letters of a plan are about to be sent, before they are."""
        ends_json = json.dumps([[*place, end] for place, end in ends.items()])
        with self._writing() as connection:
            cursor = connection.execute(
                "INSERT INTO in_flight (plan_id, at_ms, who, seqs, ends) VALUES (?, ?, ?, ?, ?)",
                (plan_id, at_ms, who, json.dumps(list(seqs)), ends_json),
            )
        return InFlight(cursor.lastrowid or 0, plan_id, at_ms, who, tuple(seqs), dict(ends))

    def in_flight(self, plan_id: str) -> tuple[InFlight, ...]:
        """What was begun of a plan and not settled, oldest first."""
        sql = "SELECT id, at_ms, who, seqs, ends FROM in_flight WHERE plan_id = ? ORDER BY id"
        return tuple(
            InFlight(
                int(str(number)),
                plan_id,
                int(str(at_ms)),
                str(who),
                tuple(json.loads(str(seqs))),
                {TopicPartition(t, p): end for t, p, end in json.loads(str(ends))},
            )
            for number, at_ms, who, seqs, ends in self._rows(sql, plan_id)
        )

    def settle(self, begun: Iterable[InFlight], entries: Iterable[Entry]) -> int:
        """Note what became of what was begun, which is in flight no more: both or neither.

        Gives how many of the entries were not yet there.
        """
        with self._writing() as connection:
            connection.executemany(
                "DELETE FROM in_flight WHERE id = ?", [(note.id,) for note in begun]
            )
            return _note(connection, entries)

    def mend(self, record: Record, mended: Mended, *, who: str, at_ms: int) -> None:
        """Keep what is to be sent instead of a letter's own content; `record` is the letter."""
        before = Content(record.key, record.value, record.headers).sha256
        after = Content(mended.key, mended.value, mended.headers).sha256
        headers = pack_headers(mended.headers)
        self._mend(
            (at_ms, who, str(record.position), 0, before, after, mended.key, mended.value, headers)
        )

    def discard_mend(self, letter: Position, *, who: str, at_ms: int) -> None:
        """Take a letter's mended content back: its own is sent again."""
        self._mend((at_ms, who, str(letter), 1, None, None, None, None, None))

    def mended(self, letter: Position) -> Mended | None:
        """What is to be sent instead of the letter's own; None where that is sent as it is."""
        mends = self.mends(letter)
        return mends[-1].mended if mends else None

    def mends(self, letter: Position) -> tuple[Mend, ...]:
        """All edits of a letter, oldest first."""
        sql = (
            "SELECT at_ms, who, discarded, before, after, key, value, headers FROM mends"
            " WHERE letter = ? ORDER BY id"
        )
        return tuple(_mend(letter, row) for row in self._rows(sql, str(letter)))

    def _mend(self, row: tuple[object, ...]) -> None:
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO mends (at_ms, who, letter, discarded, before, after, key, value,"
                " headers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def _rows(self, sql: str, *values: object) -> Iterator[tuple[object, ...]]:
        """Nothing where nothing was ever noted."""
        if self._connection is None and self.path.exists():
            self._connection = connect(self.path, self._cluster_id)
        if self._connection is None:
            return
        with explained(self.path):
            yield from self._connection.execute(sql, values)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if self._connection is None:
            create(self.path, self._cluster_id)
            self._connection = connect(self.path, self._cluster_id)
        connection = self._connection
        with explained(self.path):
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
    connection.executemany(_NOTE, map(_row, entries))
    return connection.total_changes - before


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.at_ms,
        entry.who,
        entry.outcome.value,
        str(entry.letter),
        None if entry.origin is None else str(entry.origin),
        None if entry.target is None else str(entry.target),
        entry.plan_id,
        entry.seq,
        entry.reason,
        entry.content,
    )


def _entry(row: tuple[object, ...]) -> Entry:
    at_ms, who, outcome, letter, origin, target, plan_id, seq, reason, content = row
    return Entry(
        int(str(at_ms)),
        intern(str(who)),
        Outcome(outcome),
        _position(str(letter)),
        None if origin is None else _position(str(origin)),
        None if target is None else _position(str(target)),
        None if plan_id is None else intern(str(plan_id)),
        None if seq is None else int(str(seq)),
        None if reason is None else intern(str(reason)),
        None if content is None else str(content),
    )


def _position(text: str) -> Position:
    topic, partition, offset = Position.parse(text)
    return Position(intern(topic), partition, offset)


def _mend(letter: Position, row: tuple[object, ...]) -> Mend:
    at_ms, who, discarded, before, after, key, value, headers = row
    mended = None
    if not discarded:
        mended = Mended(_bytes(key), _bytes(value), unpack_headers(_bytes(headers)))
    return Mend(
        int(str(at_ms)),
        str(who),
        letter,
        mended,
        None if before is None else str(before),
        None if after is None else str(after),
    )


def _bytes(blob: object) -> bytes | None:
    return blob if isinstance(blob, bytes) else None
