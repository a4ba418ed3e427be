"""Which batches a reader of committed records is not shown."""

import struct
from collections.abc import Iterable, Sequence

from aiokafka.record.control_record import ABORT_MARKER, ControlRecord

from readers.raw_batches.batch import BatchHead, Unreadable

Aborted = Sequence[tuple[int, int]]
"""Of each aborted transaction in reach of a response: its producer's id, and its first offset."""


class AbortedBatches:
    """Tells the batches of aborted transactions from the rest, in the order of one response.

    A response names every aborted transaction that reaches into it, so each is judged by itself.
    """

    def __init__(self, aborted: Aborted) -> None:
        self._waiting = sorted(aborted, key=lambda each: each[1], reverse=True)
        self._aborting: set[int] = set()

    def holds(self, head: BatchHead) -> bool:
        """Whether this batch belongs to an aborted transaction."""
        self._begin(head)
        return head.is_transactional and head.producer_id in self._aborting

    def end(self, head: BatchHead, keys: Iterable[bytes | None]) -> None:
        """A transaction ends with this control batch; `keys` are those of its records.

        Raises:
            Unreadable: a key is too short.
        """
        try:
            kinds = {ControlRecord.parse(key).type_ for key in keys if key is not None}
        except struct.error as error:
            raise Unreadable(f"a control record without a kind: {error}") from error
        self._begin(head)  # also one of which only its marker lies in this response
        if ABORT_MARKER.type_ in kinds:
            self._aborting.discard(head.producer_id)

    def _begin(self, head: BatchHead) -> None:
        """Take up the aborted transactions that began before the batch's end."""
        while self._waiting and self._waiting[-1][1] < head.next_offset:
            self._aborting.add(self._waiting.pop()[0])
