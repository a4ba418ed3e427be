"""One response of one partition, looked through for the records that are wanted.

It runs in several threads at once; decompression, the greatest part, runs in parallel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from readers.raw_batches.aborted import Aborted, AbortedBatches
from readers.raw_batches.batch import HEADER_BYTES, BatchHead, check, records
from readers.raw_batches.needles import worth_parsing
from readers.raw_batches.plain import Plain, PlainOfThread
from readers.record import Record, Span, TopicPartition
from readers.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Response:
    """What a broker sent of one partition.

    Attributes:
        span: the offsets that are asked for of it, not more than the batches cover.
        aborted: none where uncommitted records are read too.
        leader_epoch: the log had it at the span's end; -1 is not known.
    """

    span: Span
    data: bytes
    heads: Sequence[BatchHead]
    aborted: Aborted
    leader_epoch: int = -1

    @property
    def place(self) -> TopicPartition:
        """The partition."""
        return self.span.topic_partition


class Look:
    """Finds wanted records in responses."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._is_worth = worth_parsing(wanted)
        self._of_thread = PlainOfThread()

    def __call__(self, response: Response) -> tuple[Record, ...]:
        """The wanted records of one response.

        Raises:
            Unreadable: some of it cannot be read here.
        """
        plain = self._of_thread.plain
        found: list[Record] = []
        for head in shown(response, plain):
            batch = plain.batch(memoryview(response.data), head)
            if self._is_worth is None or self._is_worth(batch[HEADER_BYTES:]):
                found += self._found(response, head, batch)
        return tuple(found)

    def _found(self, response: Response, head: BatchHead, batch: memoryview) -> list[Record]:
        found = within(response, head, records(batch, response.place, self._wanted.keys))
        return [each for each in found if self._wanted.holds(each)] if self._wanted.texts else found


def shown(response: Response, plain: Plain) -> Iterator[BatchHead]:
    """The batches whose records a reader is shown: not control's, not of aborted transactions.

    Raises:
        Unreadable: a batch did not arrive as it was written.
    """
    view = memoryview(response.data)
    aborted = AbortedBatches(response.aborted)
    for head in response.heads:
        check(view, head)
        if head.is_control:
            marks = records(plain.batch(view, head), response.place)
            aborted.end(head, [each.key for each in marks])
        elif not aborted.holds(head) and head.record_count:
            yield head


def within(response: Response, head: BatchHead, found: list[Record]) -> list[Record]:
    """Those of a batch's records that were asked for: a batch may begin before, or end behind."""
    span = response.span
    if head.base_offset >= span.start and head.next_offset <= span.end_exclusive:
        return found
    return [each for each in found if span.start <= each.offset < span.end_exclusive]
