"""Looking back: whether letters that were sent failed again and lie among the dead ones."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from readers.record import Position, Record
from readers.source import Source, TopicInfo
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.ledger import content_hash
from replay.deadletters.provenance import provenance_of
from replay.deadletters.reading import read_letter
from replay.deadletters.topics import is_dead_letter_name, origin_topic_by_name


@dataclass(frozen=True, slots=True)
class CameBack:
    """A letter of the plan that lies in a dead-letter topic again."""

    seq: int
    at: Position


def watched_topics(
    topics: Sequence[str],
    letters: Sequence[str],
    targets: Sequence[str],
    known: Collection[str] = (),
) -> tuple[str, ...]:
    """The topics that a letter sent may come back to: where it lay, and others of its target.

    Args:
        topics: all there are.
        letters: where the letters lie.
        targets: where they go.
        known: topics that hold dead letters; those that are not named after another topic count.
    """

    def may_hold(name: str) -> bool:
        of = origin_topic_by_name(name, topics)
        return name in known if of is None else of in targets and is_dead_letter_name(name)

    return tuple(sorted({*letters, *filter(may_hold, topics)}))


def ends_of(topics: Sequence[TopicInfo]) -> tuple[Position, ...]:
    """Where their partitions end now."""
    return tuple(
        Position(topic.name, bounds.partition, bounds.end_exclusive)
        for topic in topics
        for bounds in topic.partitions
    )


class Watch:
    """Dead-letter topics read from given places on, for letters that a plan sent.

    A framework that keeps headers keeps the plan's id. Others say where they read the letter, or
    leave its content; both are known of what `expect` was told.

    Attributes:
        lost: what could not be read of them, a sentence each.
    """

    def __init__(
        self,
        source: Source,
        plan_id: str,
        starts: Sequence[Position],
        known: Collection[int] = (),
        dialects: Sequence[Dialect] = BUILT_IN,
    ) -> None:
        """Nothing is read yet; letters with these numbers are known to have come back."""
        self._plan_id = plan_id
        self._steps = source.follow(starts) if starts else iter(())
        self._reached = {start.topic_partition: start.offset for start in starts}
        self._seen = set(known)
        self._dialects = dialects
        self._at: dict[Position, int] = {}
        self._of_content: dict[str, list[int]] = defaultdict(list)
        self.lost: list[str] = []

    def expect(self, seq: int, at: Position, contents: Collection[str]) -> None:
        """This letter was sent and lies there; `contents` are of `content_hash`."""
        self._at[at] = seq
        for content in contents:
            self._of_content[content].append(seq)

    def step(self) -> tuple[CameBack, ...]:
        """What came back since, each letter once; waits 0.2 s at most."""
        batch = next(self._steps, None)
        if batch is None:
            return ()
        self._reached.update(batch.reached)
        self.lost.extend(notice.text for notice in batch.notices if notice.text not in self.lost)
        return tuple(self._returned(batch.records))

    def close(self) -> None:
        """Let go of what it reads."""
        close = getattr(self._steps, "close", None)
        if close is not None:
            close()

    @property
    def is_blind(self) -> bool:
        """Whether there is nothing that it reads."""
        return not self._reached

    def is_behind(self, ends: Sequence[Position]) -> bool:
        """Whether there is more to read before these ends."""
        return any(self._reached.get(end.topic_partition, end.offset) < end.offset for end in ends)

    def _returned(self, records: Sequence[Record]) -> Iterator[CameBack]:
        for record in records:
            seq = self._number_of(record)
            if seq is not None and seq not in self._seen:
                self._seen.add(seq)
                yield CameBack(seq, record.position)

    def _number_of(self, record: Record) -> int | None:
        """The number of the letter that it is; None where the plan did not send it."""
        told = provenance_of(record)
        if told is not None:
            return told.seq if told.plan_id == self._plan_id else None
        letter = read_letter(record, self._dialects)
        places = [hop.origin.position for hop in letter.hops]
        told_places = [place for place in places if place is not None]
        if told_places:
            return next((self._at[place] for place in told_places if place in self._at), None)
        same = self._of_content.get(content_hash(letter.key, record.value), ())
        return next((seq for seq in same if seq not in self._seen), None)


def contents_of(sent: Record) -> tuple[str, ...]:
    """What is known of a letter that was sent where its framework keeps neither headers nor place.

    Some keep no key either; of a tombstone nothing is left then.
    """
    if sent.value is None:
        return () if sent.key is None else (content_hash(sent.key, None),)
    return tuple({content_hash(sent.key, sent.value), content_hash(None, sent.value)})
