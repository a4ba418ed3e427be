"""Where a letter goes back to, and what is known of the topics that letters go to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

from readers.partitioners import java_partition, partitions_of
from readers.record import TopicPartition
from readers.source import Source, TellsWritingFacts, TopicInfo, WritingFacts
from replay.deadletters.letter import DeadLetter
from replay.deadletters.republish.plan import TargetFacts
from replay.deadletters.topics import is_dead_letter_name, is_retry_name, origin_topic_by_name


class NotSent(Exception):
    """Why a letter is left out; a clause, not a sentence."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A letter's target, and how sure it is.

    Attributes:
        by_key: the partition was worked out from the key, since it is not the recorded one.
        is_odd: no usual partitioner puts the key there: the topic may have had another number of
            partitions when the record was first written.
    """

    target: TopicPartition
    by_key: bool = False
    is_odd: bool = False


class Targets:
    """The topics of a source as targets; each is asked about once."""

    def __init__(self, source: Source, to: str | None, *, force: bool) -> None:
        self._source = source
        self._to = to
        self._force = force
        self._topics = {topic.name: topic for topic in source.topics()}
        self._named: dict[str, TopicInfo] = {}
        self._facts: dict[str, WritingFacts] = {}
        self.used: set[str] = set()

    def choose(self, letter: DeadLetter) -> Chosen:
        """Where the letter goes.

        Raises:
            NotSent: nowhere.
        """
        origin = letter.origin.topic or origin_topic_by_name(letter.record.topic, self._topics)
        name = self._to or origin
        if name is None:
            raise NotSent("nothing says where it comes from; name a topic with --to")
        chosen = self._partition(self._existing(name), letter, origin)
        self.used.add(name)
        return chosen

    def facts(self, topic: str) -> WritingFacts:
        """What has to be known before something is written there."""
        if topic not in self._facts:
            source = self._source
            self._facts[topic] = source.writing_facts(topic) if _tells(source) else WritingFacts()
        return self._facts[topic]

    def is_compacted(self, topic: str) -> bool | None:
        """Whether compaction removes older records of a key; None where that is not told."""
        return self._looked_at(topic).compacted

    def told(self, failed: Iterable[tuple[str, str]]) -> tuple[TargetFacts, ...]:
        """All targets that were chosen; `failed` are topics with the groups that failed there."""
        groups: dict[str, set[str]] = {}
        for topic, group in failed:
            groups.setdefault(topic, set()).add(group)
        return tuple(
            self._told(self._looked_at(name), groups.get(name, set())) for name in sorted(self.used)
        )

    def _looked_at(self, name: str) -> TopicInfo:
        """The topic with what is told only of one that is named: whether it is compacted."""
        if name not in self._named:
            self._named |= {topic.name: topic for topic in self._source.topics((name,))}
        return self._named.get(name, self._topics[name])

    def _told(self, topic: TopicInfo, failed: set[str]) -> TargetFacts:
        facts = self.facts(topic.name)
        return TargetFacts(
            topic=topic.name,
            topic_id=topic.topic_id,
            ends={bounds.partition: bounds.end_exclusive for bounds in topic.partitions},
            compacted=topic.compacted,
            max_message_bytes=facts.max_message_bytes,
            consumer_groups=facts.consumer_groups,
            failed_groups=tuple(sorted(failed)),
        )

    def _existing(self, name: str) -> TopicInfo:
        topic = self._topics.get(name)
        if topic is None:
            raise NotSent(f"its target {name} does not exist; name another one with --to")
        if topic.error is not None:
            raise NotSent(f"its target {name} cannot be read: {topic.error}")
        if topic.internal:
            raise NotSent(f"its target {name} is the cluster's own; nothing is sent there")
        if (is_dead_letter_name(name) or is_retry_name(name)) and not self._force:
            raise NotSent(f"its target {name} holds dead letters or retries itself (--force)")
        if self.facts(name).may_write is False:
            raise NotSent(f"{name} may not be written to: there is no permission")
        return topic

    def _partition(self, topic: TopicInfo, letter: DeadLetter, origin: str | None) -> Chosen:
        count, recorded = len(topic.partitions), letter.origin.partition
        if recorded is not None and topic.name == origin:
            if recorded < count:
                likely = partitions_of(letter.key, count)
                is_odd = bool(likely) and recorded not in likely
                return Chosen(TopicPartition(topic.name, recorded), is_odd=is_odd)
            if self._to is None:
                raise NotSent(
                    f"partition {recorded} of {topic.name} is gone, it has {count} now; "
                    f"--to {topic.name} sends it where its key belongs"
                )
            return self._by_key(topic.name, count, letter)
        was = self._topics.get(origin or "")
        if recorded is not None and was is not None and len(was.partitions) == count:
            return Chosen(TopicPartition(topic.name, recorded))
        return self._by_key(topic.name, count, letter)

    @staticmethod
    def _by_key(name: str, count: int, letter: DeadLetter) -> Chosen:
        if letter.key is None:
            return Chosen(TopicPartition(name, letter.record.partition % count), by_key=True)
        return Chosen(TopicPartition(name, java_partition(letter.key, count)), by_key=True)


def _tells(source: object) -> TypeGuard[TellsWritingFacts]:
    return hasattr(source, "writing_facts")
