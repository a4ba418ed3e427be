"""What came into a plan's targets since it was made: a newer record of a planned key stops it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from readers.record import Position, Record, Span, TopicPartition
from readers.source import Source, TopicInfo
from replay.deadletters.provenance import provenance_of
from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.sending.apply_step import WorldChanged
from replay.deadletters.republish.sending.sent_search import plan_ends
from replay.deadletters.republish.sending.world import AGAIN


class News:
    """New records of a plan's targets, each read once; what the plan sent itself is no news."""

    def __init__(self, plan: Plan, source: Source) -> None:
        """Nothing is read yet of what came since the plan was made."""
        self._plan = plan
        self._source = source
        self._reached = plan_ends(plan)
        self._markers: dict[TopicPartition, int] = {}
        self._last = {
            (letter.target, letter.key): letter.seq
            for letter in plan.letters
            if letter.key is not None
        }

    def look(self, topics: Sequence[TopicInfo], done: int) -> Iterator[int]:
        """Read what is new; yields how many records were.

        Args:
            topics: the targets as they are now.
            done: so many letters were sent; what is newer than those alone does not matter.

        Raises:
            WorldChanged: a newer record of a key that is still to be sent came into its target.
        """
        spans = list(self._unread(topics))
        searched = 0
        for batch in self._source.read(spans) if spans else ():
            for record in batch.records:
                self._check(record, done)
            searched += len(batch.records)
            yield searched
        self._reached |= {span.topic_partition: span.end_exclusive for span in spans}

    def pass_over(self, sent: Iterable[Position], markers: int) -> None:
        """The plan itself sent these: where nothing lies before them, they are not read.

        Nor is what follows, where that is no more than the offsets of their markers.
        """
        for position in sorted(sent):
            place = position.topic_partition
            if self._reached.get(place) == position.offset:
                self._reached[place] += 1
                self._markers[place] = markers

    def _unread(self, topics: Sequence[TopicInfo]) -> Iterator[Span]:
        for span in (span for topic in topics for span in topic.spans):
            place, end = span.topic_partition, span.end_exclusive
            start = self._reached.get(place, end)
            if start >= end:
                continue
            if end - start == self._markers.pop(place, 0):
                self._reached[place] = end
            else:
                yield replace(span, start=max(span.start, start))

    def _check(self, record: Record, done: int) -> None:
        last = self._last.get((record.position.topic_partition, record.key or b""))
        if record.key is None or last is None or last < done:
            return
        told = provenance_of(record)
        if told is not None and told.plan_id == self._plan.id:
            return
        by = "" if told is None else f", sent by the plan {told.plan_id},"
        raise WorldChanged(
            f"A newer record with a planned key came to {record.position}{by} since the plan "
            f"was made. {AGAIN} Forced, it is sent in spite of it."
        )
