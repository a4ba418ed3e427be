"""Appending a plan's letters: what of them is stored is known after each, whatever went wrong."""

from collections.abc import Sequence

from readers.errors import (
    KstoryError,
    SourceError,
    SourceRefused,
    SourceUnreachable,
    TakenOver,
    UsageError,
)
from readers.record import Position, Record
from readers.source import OnceWriter, Progress
from replay.deadletters.republish.plan import Guarantee, Plan, PlannedLetter
from replay.deadletters.republish.sending.book import Book
from replay.deadletters.republish.sending.scan_writer import ScanWriter

_Places = tuple[Position, ...]


class Appending:
    """Appends batches that the book was told of, and tells it where they lie.

    Attributes:
        done: how many of the plan's letters lie in their targets, without a gap.
    """

    def __init__(self, plan: Plan, writer: OnceWriter, book: Book) -> None:
        """Nothing is known of what was sent before."""
        self._plan = plan
        self._writer = writer
        self._book = book
        self.done = 0

    def append(self, batch: Sequence[PlannedLetter], records: Sequence[Record]) -> _Places:
        """Append them. Where that is left open, ask what became of them.

        Raises:
            UsageError, SourceError: not all were stored.
        """
        places = self._append(batch, records)
        self.done += len(batch)
        return places

    def settle(
        self, batch: Sequence[PlannedLetter], stored: Sequence[Position], now_ms: int
    ) -> None:
        """Note where they lie.

        Raises:
            KstoryError: they were sent, and the ledger does not know.
        """
        places = {letter.seq: place for letter, place in zip(batch, stored, strict=True)}
        try:
            self._book.settle(places, now_ms)
        except KstoryError as error:
            raise type(error)(
                f"{error} The last {len(batch)} letters were sent all the same; the ledger learns "
                "of them when this plan is applied again."
            ) from error

    @property
    def stored(self) -> int:
        """How many letters are known to lie in their targets, in whatever order."""
        writer = self._writer
        return writer.stored if isinstance(writer, ScanWriter) else self.done

    def _append(self, batch: Sequence[PlannedLetter], records: Sequence[Record]) -> _Places:
        is_scan = self._plan.guarantee is Guarantee.SCAN
        try:
            return self._writer.append(records)
        except UsageError:
            self._book.abandon()
            raise
        except TakenOver:
            raise  # what of them the other one sends is not known here
        except SourceError as error:
            if is_scan:
                return self._stored_in_part(batch, error)
            if isinstance(error, SourceRefused):
                self._book.abandon()
                raise
            return self._stored_or_not(batch, error)

    def _stored_or_not(self, batch: Sequence[PlannedLetter], error: SourceError) -> _Places:
        """Where they lie, if the transaction that nobody answered was committed."""
        progress = self._asked_after(batch, error)
        if (progress.done, len(progress.last)) == (self.done + len(batch), len(batch)):
            return progress.last
        if progress.done == self.done:
            raise error
        raise TakenOver(
            "Another kstory sent more of this plan meanwhile; apply it again."
        ) from error

    def _stored_in_part(self, batch: Sequence[PlannedLetter], error: SourceError) -> _Places:
        """Where they lie, if all of them were found; a plain sink may have stored some."""
        progress = self._asked_after(batch, error)
        if progress.done < self.done + len(batch):
            self.done = progress.done
            raise error
        first = self.done - (progress.done - len(progress.last))
        return progress.last[first : first + len(batch)]

    def _asked_after(self, batch: Sequence[PlannedLetter], error: SourceError) -> Progress:
        try:
            return self._writer.resume()
        except KstoryError:
            raise SourceUnreachable(
                f"{error} Whether the last {len(batch)} are stored is found out when the same "
                "plan is applied again."
            ) from error
