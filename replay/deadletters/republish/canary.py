"""Looking back: whether letters that were sent failed again and lie among the dead ones."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from readers.record import Position, Record
from readers.source import Source, TopicInfo
from replay.deadletters.provenance import provenance_of
from replay.deadletters.topics import is_dead_letter_name, origin_topic_by_name


@dataclass(frozen=True, slots=True)
class CameBack:
    """A letter of the plan that lies in a dead-letter topic again."""

    seq: int
    at: Position


def watched_topics(
    topics: Sequence[str], letters: Sequence[str], targets: Sequence[str]
) -> tuple[str, ...]:
    """The topics that a letter sent may come back to: where it lay, and others of its target."""
    named = (
        name
        for name in topics
        if is_dead_letter_name(name) and origin_topic_by_name(name, topics) in targets
    )
    return tuple(sorted({*letters, *named}))


def ends_of(topics: Sequence[TopicInfo]) -> tuple[Position, ...]:
    """Where their partitions end now."""
    return tuple(
        Position(topic.name, bounds.partition, bounds.end_exclusive)
        for topic in topics
        for bounds in topic.partitions
    )


class Watch:
    """Dead-letter topics read from given places on, for letters that carry a plan's id.

    Attributes:
        lost: what could not be read of them, a sentence each.
    """

    def __init__(
        self,
        source: Source,
        plan_id: str,
        starts: Sequence[Position],
        known: Collection[int] = (),
    ) -> None:
        """Nothing is read yet; letters with these numbers are known to have come back."""
        self._plan_id = plan_id
        self._steps = source.follow(starts) if starts else iter(())
        self._reached = {start.topic_partition: start.offset for start in starts}
        self._seen = set(known)
        self.lost: list[str] = []

    def step(self) -> tuple[CameBack, ...]:
        """What came back since, each letter once; waits 0.2 s at most."""
        batch = next(self._steps, None)
        if batch is None:
            return ()
        self._reached.update(batch.reached)
        self.lost.extend(notice.text for notice in batch.notices if notice.text not in self.lost)
        return tuple(self._returned(batch.records))

    @property
    def is_blind(self) -> bool:
        """Whether there is nothing that it reads."""
        return not self._reached

    def is_behind(self, ends: Sequence[Position]) -> bool:
        """Whether there is more to read before these ends."""
        return any(self._reached.get(end.topic_partition, end.offset) < end.offset for end in ends)

    def _returned(self, records: Sequence[Record]) -> Iterator[CameBack]:
        for record in records:
            told = provenance_of(record)
            if told is None or told.plan_id != self._plan_id or told.seq in self._seen:
                continue
            self._seen.add(told.seq)
            yield CameBack(told.seq, record.position)
