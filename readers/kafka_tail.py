"""Following partitions as they grow, and noticing when their topic is not what it was."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from readers.errors import SourceUnreachable
from readers.kafka_admin import KafkaAdmin, TopicFacts
from readers.kafka_consumer import BATCH_RECORDS, KafkaConsumer
from readers.kafka_reading import Reading
from readers.record import Position, TopicPartition
from readers.source import Batch, ConnectionState, NoticeKind

CHECK_EVERY_S = 10.0
"""How often the topics are looked up; the client itself notices a deleted topic after 31 s."""


class TopicWatch:
    """Looks up from time to time, without waiting, what the followed topics are now.

    Attributes:
        required: nothing may be read before the next answer.
    """

    def __init__(
        self, admin: KafkaAdmin, names: Collection[str], clock: Callable[[], float]
    ) -> None:
        self._admin = admin
        self._names = names
        self._clock = clock
        self._checked_s = clock()
        self._asked: Mapping[str, Future[Any]] | None = None
        self.required = False

    def demand(self) -> None:
        """Let nothing be read before a look-up that starts from now on."""
        if not self.required:
            self.required, self._asked = True, None

    def answer(self) -> dict[str, TopicFacts] | None:
        """What the topics are, when there is something new; those that do not exist left out."""
        age_s = self._clock() - self._checked_s
        if age_s > 2 * CHECK_EVERY_S:
            self.demand()  # nobody looked for a while: the topics may be others by now
        if self._asked is None:
            if self.required or age_s >= CHECK_EVERY_S:
                self._asked = self._admin.ask_facts(self._names)
            return None
        if not all(future.done() for future in self._asked.values()):
            return None
        asked, self._asked, self._checked_s = self._asked, None, self._clock()
        try:
            facts = self._admin.answered_facts(asked)
        except SourceUnreachable:
            return None  # the connection's state says it, and it is asked again
        self.required = False
        return facts


class TailReading(Reading):
    """Records from some positions on, without an end.

    While the cluster does not answer nothing is read; afterwards the topics are compared with what
    they were before anything is: one that was made again continues silently otherwise.
    """

    def __init__(
        self,
        consumer: KafkaConsumer,
        admin: KafkaAdmin,
        starts: Sequence[Position],
        clock: Callable[[], float],
        state: Callable[[], ConnectionState],
    ) -> None:
        super().__init__(consumer, admin, {start.topic_partition: start.offset for start in starts})
        self._state = state
        self._names = {start.topic for start in starts}
        self._known = admin.facts(self._names)
        self._watch = TopicWatch(admin, self._names, clock)
        self._deleted: set[str] = set()
        # Who follows all partitions of a topic wants those that are added as well.
        self._whole = {
            name
            for name, facts in self._known.items()
            if facts.partition_count == len({s.partition for s in starts if s.topic == name})
        }

    def step(self) -> Batch:
        """What one turn brings."""
        if self._state() in _LOST:
            self._watch.demand()
        else:
            self._compare(self._watch.answer())
        if self._watch.required:
            self._consumer.rest(self)
            self._consumer.fetch(1)
            return Batch()
        return self._turn(BATCH_RECORDS)

    def _compare(self, found: Mapping[str, TopicFacts] | None) -> None:
        """Say what became of the topics, and go on with what they are now."""
        if found is None:
            return
        for name in sorted(self._names):
            facts = found.get(name)
            if facts is None:
                if name not in self._deleted:
                    self._delete(name)
            elif facts.error is None:
                self._update(facts)

    def _update(self, facts: TopicFacts) -> None:
        last = self._known.get(facts.name)
        self._known[facts.name] = facts
        if last is None or facts.name in self._deleted or facts.topic_id != last.topic_id:
            self._restart(facts)
        elif facts.partition_count > last.partition_count:
            self._grow(facts, last.partition_count)

    def _delete(self, name: str) -> None:
        self._deleted.add(name)
        partitions = [each for each in self._positions if each.topic == name]
        first = min(partitions, default=TopicPartition(name, 0))
        self._notice(NoticeKind.DELETED, first, f"The topic {name} does not exist any more.")
        self._finish(partitions)

    def _restart(self, facts: TopicFacts) -> None:
        """Read a topic that was made again, from its beginning."""
        self._deleted.discard(facts.name)
        old = [each for each in self._positions if each.topic == facts.name]
        text = f"The topic {facts.name} was deleted and made again: what follows is another topic."
        self._notice(NoticeKind.RECREATED, TopicPartition(facts.name, 0), text)
        self._finish([each for each in old if each.partition >= facts.partition_count])
        numbers = list(range(facts.partition_count))
        if facts.name not in self._whole and old:
            numbers = [each.partition for each in old if each.partition < facts.partition_count]
        self._start(TopicPartition(facts.name, number) for number in numbers)

    def _grow(self, facts: TopicFacts, count: int) -> None:
        text = f"The topic {facts.name} has {facts.partition_count} partitions now, not {count}."
        self._notice(NoticeKind.PARTITIONS_ADDED, TopicPartition(facts.name, count), text)
        if facts.name in self._whole:
            added = range(count, facts.partition_count)
            self._start(TopicPartition(facts.name, number) for number in added)

    def _start(self, partitions: Iterable[TopicPartition]) -> None:
        starts = dict.fromkeys(partitions, 0)
        self._positions |= starts
        self._consumer.move(self, starts)


_LOST = (ConnectionState.GONE, ConnectionState.SILENT)
