"""What came after: later records of the same keys in the targets, counted in one pass."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from readers.record import Record, Span, TopicPartition
from readers.search import SearchStep, find_key, find_records
from readers.source import Source, TopicInfo
from replay.deadletters.republish.planning.drafting import Draft


@dataclass(frozen=True, slots=True)
class _Mark:
    """From where on records of a key are later than a letter: an offset, or a time."""

    draft: int
    offset: int | None
    time_ms: int | None


class Supersession:
    """For each draft how many records of its key came into its target after its origin.

    In the origin's own partition what lies behind its offset is later; elsewhere what has a later
    time. Records that are origins of letters going back themselves do not count.
    """

    def __init__(self, source: Source, drafts: Sequence[Draft]) -> None:
        self._source = source
        self._origins = {draft.planned.origin for draft in drafts}
        self._by_key: dict[tuple[TopicPartition, bytes], list[_Mark]] = defaultdict(list)
        self.later = [0] * len(drafts)
        for number, draft in enumerate(drafts):
            planned = draft.planned
            if planned.key is not None:
                at_home = planned.origin and planned.origin.topic_partition == planned.target
                offset = planned.origin.offset if planned.origin and at_home else None
                mark = _Mark(number, offset, draft.timestamp_ms)
                self._by_key[planned.target, planned.key].append(mark)

    def steps(self) -> Iterator[SearchStep]:
        """Search; each step says how far it is."""
        topics = self._source.topics({target.topic for target, _ in self._by_key})
        for step in self._search(topics, self._spans(topics)):
            for record in step.records:
                self._count(record)
            yield step

    def _search(self, topics: Sequence[TopicInfo], spans: list[Span]) -> Iterator[SearchStep]:
        if not hasattr(self._source, "read_key"):
            yield from find_records(self._source, spans, self._is_wanted)
            return
        spans_of = defaultdict(list, {span.topic_partition: [span] for span in spans})
        total = len(self._by_key)
        for number, (place, key) in enumerate(self._by_key, 1):
            for step in find_key(self._source, key, topics, spans_of[place]):
                yield SearchStep(step.records, number, total, step.notices)

    def _is_wanted(self, record: Record) -> bool:
        return (TopicPartition(record.topic, record.partition), record.key) in self._by_key

    def _spans(self, topics: Sequence[TopicInfo]) -> list[Span]:
        """From the first place that matters in each partition to its end."""
        starts = self._starts()
        return [
            Span(topic.name, b.partition, max(b.start, starts[place]), b.end_exclusive)
            for topic in topics
            for b in topic.partitions
            if (place := TopicPartition(topic.name, b.partition)) in starts
        ]

    def _starts(self) -> dict[TopicPartition, int]:
        starts: dict[TopicPartition, int] = {}
        earliest_ms: dict[TopicPartition, int] = {}
        for (place, _), marks in self._by_key.items():
            for mark in marks:
                if mark.offset is not None:
                    starts[place] = min(mark.offset + 1, starts.get(place, mark.offset + 1))
                elif mark.time_ms is not None:
                    earliest_ms[place] = min(mark.time_ms, earliest_ms.get(place, mark.time_ms))
        for place, time_ms in earliest_ms.items():
            start = self._source.offsets_at(time_ms, [place])[place]
            starts[place] = min(start, starts.get(place, start))
        return starts

    def _count(self, record: Record) -> None:
        if record.position in self._origins or record.key is None:
            return
        for mark in self._by_key.get((record.position.topic_partition, record.key), ()):
            if _is_later(record, mark):
                self.later[mark.draft] += 1


def _is_later(record: Record, mark: _Mark) -> bool:
    if mark.offset is not None:
        return record.offset > mark.offset
    return mark.time_ms is not None and (record.timestamp_ms or 0) > mark.time_ms
