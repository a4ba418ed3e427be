"""Of the batches that came, the newest as records; of the others only their headers are read."""

import heapq
from collections import defaultdict
from typing import NamedTuple

from readers.newest import Newest
from readers.raw_batches.batch import BatchHead, records
from readers.raw_batches.look import Response, shown, within
from readers.raw_batches.plain import Plain
from readers.record import Record, Span, TopicPartition


class _Came(NamedTuple):
    """A batch, and the response that it came in."""

    response: Response
    head: BatchHead

    @property
    def start(self) -> int:
        """The first offset of it that was asked for."""
        return max(self.head.base_offset, self.response.span.start)


class NewestBatches:
    """Collects responses, and makes records of the newest batches, enough of them for a limit.

    Attributes:
        batch_count: of what was added.
        record_count: of what was added; of a batch that was asked for in part, all of it.
    """

    def __init__(self, plain: Plain) -> None:
        self._plain = plain
        self._came: dict[TopicPartition, list[_Came]] = defaultdict(list)
        self.batch_count = 0
        self.record_count = 0

    def add(self, response: Response) -> None:
        """Take in what comes next of a partition.

        Raises:
            Unreadable: some of it cannot be read here.
        """
        for head in shown(response, self._plain):
            self._came[response.place].append(_Came(response, head))
            self.batch_count += 1
            self.record_count += head.record_count

    def give(self, newest: Newest[Record], limit: int) -> None:
        """Hand over what came: at least `limit` records, if there are so many, the rest counted.

        Raises:
            Unreadable: some of it cannot be read here.
        """
        for place, count in self._parsed(limit).items():
            came = self._came[place]
            older, newer = came[: len(came) - count], came[len(came) - count :]
            if older:
                span = Span(*place, older[0].start, older[-1].head.next_offset)
                newest.pass_over(span, sum(map(self._count, older)))
            for each in newer:
                if found := self._records(each):
                    newest.add(place, found)

    def _parsed(self, limit: int) -> dict[TopicPartition, int]:
        """How many of each partition's last batches become records: the newest of all."""
        counts = dict.fromkeys(self._came, 0)
        ends = [(-came[-1].head.max_timestamp_ms, place) for place, came in self._came.items()]
        heapq.heapify(ends)
        enough = 0
        while ends and enough < limit:
            _, place = heapq.heappop(ends)
            counts[place] += 1
            came = self._came[place]
            enough += came[-counts[place]].head.record_count
            if counts[place] < len(came):
                following = came[-counts[place] - 1]
                heapq.heappush(ends, (-following.head.max_timestamp_ms, place))
        return counts

    def _count(self, came: _Came) -> int:
        is_part = came.head.base_offset < came.response.span.start
        return len(self._records(came)) if is_part else came.head.record_count

    def _records(self, came: _Came) -> list[Record]:
        plain = self._plain.batch(memoryview(came.response.data), came.head)
        return within(came.response, came.head, records(plain, came.response.place))
