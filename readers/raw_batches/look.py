"""One response of one partition, looked through for the records that are wanted.

It runs in several threads at once; decompression, the greatest part, runs in parallel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from readers.raw_batches.aborted import Aborted, AbortedBatches
from readers.raw_batches.batch import HEADER_BYTES, BatchHead, check, records
from readers.raw_batches.needles import worth_parsing
from readers.raw_batches.plain import PlainOfThread
from readers.record import Record, Span
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
        found: list[Record] = []
        view = memoryview(response.data)
        aborted = AbortedBatches(response.aborted)
        for head in response.heads:
            found += self._found(response, view, head, aborted)
        return tuple(found)

    def _found(
        self, response: Response, view: memoryview, head: BatchHead, aborted: AbortedBatches
    ) -> list[Record]:
        check(view, head)
        place, span = response.span.topic_partition, response.span
        plain = self._of_thread.plain
        if head.is_control:
            aborted.end(head, [each.key for each in records(plain.batch(view, head), place)])
            return []
        if aborted.holds(head) or not head.record_count:
            return []
        batch = plain.batch(view, head)
        if self._is_worth is not None and not self._is_worth(batch[HEADER_BYTES:]):
            return []
        found = records(batch, place, self._wanted.keys)
        if head.base_offset < span.start or head.next_offset > span.end_exclusive:
            found = [each for each in found if span.start <= each.offset < span.end_exclusive]
        return [each for each in found if self._wanted.holds(each)] if self._wanted.texts else found
