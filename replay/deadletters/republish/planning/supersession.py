"""What came after: later records of the same keys in the targets, counted in one pass."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from readers.record import Record, Span, TopicPartition
from readers.search import SearchStep, find_key, find_keys
from readers.source import Source, TopicInfo
from replay.deadletters.republish.planning.drafting import Draft


@dataclass(slots=True)
class _Marks:
    """From where on records of a key are later than letters: pairs of a place and a draft.

    Each list is of one measure, ascending once `sort` was called; a record's hit is counted at the
    last mark that it is later than, and stands for all marks before that one.
    """

    places: list[tuple[int, int]] = field(default_factory=list)
    hits: list[int] = field(default_factory=list)

    def sort(self) -> None:
        self.places.sort()
        self.hits = [0] * len(self.places)

    def count(self, place: int) -> None:
        later_than = bisect_left(self.places, (place,))
        if later_than:
            self.hits[later_than - 1] += 1

    def later(self) -> Iterator[tuple[int, int]]:
        """Drafts, each with how many records are later."""
        sums = accumulate(reversed(self.hits))
        for (_, draft), count in zip(reversed(self.places), sums, strict=True):
            yield draft, count


@dataclass(frozen=True, slots=True)
class _OfKey:
    """Marks of letters at home, by offset; and of the others, by time."""

    offsets: _Marks = field(default_factory=_Marks)
    times: _Marks = field(default_factory=_Marks)


class Supersession:
    """For each draft how many records of its key came into its target after its origin.

    In the origin's own partition what lies behind its offset is later; elsewhere what has a later
    time. Records that are origins of letters going back themselves do not count.
    """

    def __init__(self, source: Source, drafts: Sequence[Draft]) -> None:
        self._source = source
        self._origins = {draft.planned.origin for draft in drafts}
        self._by_key: dict[tuple[TopicPartition, bytes], _OfKey] = defaultdict(_OfKey)
        self.later = [0] * len(drafts)
        for number, draft in enumerate(drafts):
            planned = draft.planned
            if planned.key is not None:
                at_home = planned.origin and planned.origin.topic_partition == planned.target
                marks = self._by_key[planned.target, planned.key]
                if planned.origin and at_home:
                    marks.offsets.places.append((planned.origin.offset, number))
                elif draft.timestamp_ms is not None:
                    marks.times.places.append((draft.timestamp_ms, number))
        for of_key in self._by_key.values():
            of_key.offsets.sort()
            of_key.times.sort()

    def steps(self) -> Iterator[SearchStep]:
        """Search; each step says how far it is."""
        topics = self._source.topics({target.topic for target, _ in self._by_key})
        for step in self._search(topics, self._spans(topics)):
            for record in step.records:
                self._count(record)
            yield step
        for of_key in self._by_key.values():
            for draft, count in (*of_key.offsets.later(), *of_key.times.later()):
                self.later[draft] = count

    def _search(self, topics: Sequence[TopicInfo], spans: list[Span]) -> Iterator[SearchStep]:
        if not hasattr(self._source, "read_key"):
            keys = {key for _, key in self._by_key}
            yield from find_keys(self._source, keys, topics, spans, everywhere=True)
            return
        spans_of = defaultdict(list, {span.topic_partition: [span] for span in spans})
        total = len(self._by_key)
        for number, (place, key) in enumerate(self._by_key, 1):
            for step in find_key(self._source, key, topics, spans_of[place]):
                yield SearchStep(step.records, number, total, step.notices)

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
        earliest_ms = self._earliest()
        if earliest_ms:  # one question for all partitions: a little more is read in some
            starts |= self._source.offsets_at(min(earliest_ms.values()), sorted(earliest_ms))
        for (place, _), of_key in self._by_key.items():
            for offset, _ in of_key.offsets.places[:1]:
                starts[place] = min(offset + 1, starts.get(place, offset + 1))
        return starts

    def _earliest(self) -> dict[TopicPartition, int]:
        """Of each partition that is searched by time the earliest."""
        earliest_ms: dict[TopicPartition, int] = {}
        for (place, _), of_key in self._by_key.items():
            for time_ms, _ in of_key.times.places[:1]:
                earliest_ms[place] = min(time_ms, earliest_ms.get(place, time_ms))
        return earliest_ms

    def _count(self, record: Record) -> None:
        if record.position in self._origins or record.key is None:
            return
        of_key = self._by_key.get((record.position.topic_partition, record.key))
        if of_key is not None:
            of_key.offsets.count(record.offset)
            of_key.times.count(record.timestamp_ms or 0)
