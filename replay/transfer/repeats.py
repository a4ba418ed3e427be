"""Seeing that no position stands twice in a file of records, in bounded memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from readers.errors import UsageError
from readers.record import Position, Record, TopicPartition
from replay.transfer.files import Format, read_records


class Ascending:
    """Watches whether each partition's offsets grow, as in every file that kstory writes.

    Attributes:
        holds: they did so far, so that none can stand twice.
    """

    def __init__(self) -> None:
        self.holds = True
        self._last: dict[TopicPartition, int] = {}

    def take(self, record: Record) -> None:
        """Look at the next record."""
        place = TopicPartition(record.topic, record.partition)
        if record.offset <= self._last.get(place, -1):
            self.holds = False
        self._last[place] = record.offset


def refuse_repeats(path: Path, form: Format) -> Iterator[int]:
    """Read a file through whose offsets do not only grow; gives the records seen, now and then.

    Positions are gathered on disk, in a file of SQLite's that has no name.

    Raises:
        UsageError: a position stands in it twice.
    """
    with closing(sqlite3.connect("")) as seen:
        seen.execute(
            "CREATE TABLE seen (topic, partition, offset, PRIMARY KEY (topic, partition, offset))"
            " WITHOUT ROWID"
        )
        for number, record in enumerate(read_records(path, form), 1):
            _note(seen, record.position, path)
            if number % 5_000 == 0:
                yield number


def _note(seen: sqlite3.Connection, position: Position, path: Path) -> None:
    try:
        seen.execute("INSERT INTO seen VALUES (?, ?, ?)", position)
    except sqlite3.IntegrityError as error:
        raise UsageError(
            f"{position} stands twice in {path}, and only one record can lie there. "
            "Nothing was written; remove one of them."
        ) from error
