"""Sending once without transactions: what was sent is searched for before it is sent again.

It holds for one machine: a lock keeps a second process on it away, but nothing keeps away one on
another machine, or one that was stopped and goes on after its lock was taken over.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from readers.errors import SourceRefused
from readers.record import Position, Record
from readers.search import SearchStep
from readers.source import Progress, Sink, Source
from replay.deadletters.provenance import provenance_of
from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.plan_file import plans_folder
from replay.deadletters.republish.sending.book import Book
from replay.deadletters.republish.sending.sent_search import Found, find_sent, plan_ends


class ScanWriter:
    """Appends a plan's records with a plain sink; an `OnceWriter` of the guarantee SCAN.

    What was begun and not settled is searched for in the targets, from where they ended as the
    ledger noted before it was sent.
    """

    marker_offsets = 0

    def __init__(
        self, plan: Plan, source: Source, sink: Sink, book: Book, locks: Path | None
    ) -> None:
        self._plan = plan
        self._source = source
        self._sink = sink
        self._book = book
        self._lock_path = (locks or plans_folder()) / f"{plan.id}.lock"
        self._lock: int | None = None
        self._found: dict[int, Position] = {}
        self._is_searched = False

    def search(self) -> Iterator[SearchStep]:
        """Take the lock, and search for what was sent and not settled, a step at a time.

        Raises:
            SourceRefused: another process on this machine is at it.
        """
        self._take_lock()
        self._book.reload()  # whoever had the lock before may have sent more since
        ends = self._book.in_flight()
        if ends is None and not self._book.sent:
            ends = plan_ends(self._plan)  # nothing is known of it here: perhaps all was lost
        if ends is not None:
            found = Found()
            yield from find_sent(self._source, self._plan, ends, found)
            self._found = found.places
        self._is_searched = True

    def resume(self) -> Progress:
        """What the search found, which is made now if it was not made just before.

        Raises:
            SourceRefused: another process on this machine is at it.
        """
        if not self._is_searched:
            for _ in self.search():
                pass
        self._is_searched = False
        return self._progress()

    def append(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """Append those of the records that are not there yet."""
        seqs = [_seq(record) for record in records]
        missing = [r for r, seq in zip(records, seqs, strict=True) if seq not in self._found]
        stored = self._sink.write(missing) if missing else ()
        self._found |= dict(zip(map(_seq, missing), stored, strict=True))
        return tuple(self._found[seq] for seq in seqs)

    @property
    def stored(self) -> int:
        """How many letters are known to lie in the targets, those beyond a missing one too."""
        return len(self._book.sent | self._found.keys())

    def close(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _progress(self) -> Progress:
        """Those sent without a gap; `last` are those of them that the ledger has not noted."""
        done = 0
        while done in self._book.sent or done in self._found:
            done += 1
        first = done
        while first > 0 and first - 1 not in self._book.sent:
            first -= 1
        return Progress(done, tuple(self._found[seq] for seq in range(first, done)))

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        try:
            self._lock_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SourceRefused(
                f"The lock {self._lock_path} cannot be made: {error.strerror}. Nothing was sent."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise SourceRefused(
                f"Another kstory is sending the plan {self._plan.id} at this moment; "
                "let it finish, or stop it first."
            ) from error
        self._lock = lock


def _seq(record: Record) -> int:
    told = provenance_of(record)
    assert told is not None
    return told.seq
