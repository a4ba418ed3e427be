"""The work of following: what arrives, as messages that are quickly handled."""

from collections.abc import Iterator, Mapping

from readers.newest import follow_newest
from readers.record import TopicPartition
from readers.source import Batch, Source
from replay.pages import merged
from replay.ranges import positions
from tui.messages import JobMessage
from tui.screens.tail.messages import TailArrived
from tui.screens.tail.tailed import Tailed
from tui.session import Work

SHOWN_PER_S = 5_000
"""More than arrive in a second are passed over, down to the newest: nobody could see them."""
MESSAGE_RECORDS = 2_000
"""A message of more would hold the interface for more than some milliseconds."""


def follow_from(tailed: Tailed, places: Mapping[TopicPartition, int]) -> Work:
    """Work that follows from these offsets; called anew, it goes on where it stopped.

    Where a record has to be looked at to know if it is shown, none is passed over.
    """
    at = dict(places)

    def work(source: Source) -> Iterator[JobMessage | None]:
        starts = positions(at)
        searching = tailed.is_searching
        for batch in (
            source.follow(starts) if searching else follow_newest(source, starts, SHOWN_PER_S)
        ):
            at.update(batch.reached)
            if batch.records or batch.reached or batch.notices:
                yield from _arrived(batch, tailed)
            else:
                yield None

    return work


def _arrived(batch: Batch, tailed: Tailed) -> Iterator[TailArrived]:
    """A batch as messages none of which takes long to handle; the last says how far it reached."""
    arrived = len(batch.records) + sum(each.count for each in batch.passed)
    records = merged([record for record in batch.records if tailed.keeps(record)])
    notices, passed = batch.notices, batch.passed
    while len(records) > MESSAGE_RECORDS:
        yield TailArrived(records[:MESSAGE_RECORDS], notices=notices, passed=passed)
        records, notices, passed = records[MESSAGE_RECORDS:], (), ()
    yield TailArrived(records, dict(batch.reached), notices, arrived, passed)
