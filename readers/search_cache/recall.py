"""What one scan need not read again, and what is to be remembered of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from readers.raw_batches.epochs import Claim, EpochEnds, hold
from readers.raw_batches.step import Checked, Found
from readers.record import Span, TopicPartition
from readers.search_cache.cache import KeyAt, SearchCache
from readers.search_cache.rows import Log
from readers.search_cache.scanned import NEAR_OFFSETS, Area, Scanned, Stretch, extend, joined
from readers.source import Batch, Notice, NoticeKind
from readers.wanted import Wanted

_KEYS_MAX = 100
"""With more keys in one scan nothing is remembered: their rows would push out everything else."""


class Recall:
    """Knows what earlier scans found, as long as the leaders vouch for it.

    What is read of a partition is right once it is told that its `claims` were checked.

    Args:
        logs: of the topics that can be told from others of the same name.
    """

    def __init__(
        self,
        cache: SearchCache | None,
        logs: Mapping[str, Log],
        wanted: Wanted,
        spans: Sequence[Span],
    ) -> None:
        keys = wanted.keys or frozenset()
        self._cache = cache if len(keys) <= _KEYS_MAX else None
        self._logs = logs if self._cache is not None and keys else {}
        self._keys = keys
        self._keeps = not wanted.texts
        self._asked: dict[TopicPartition, list[Span]] = defaultdict(list)
        for span in sorted(spans, key=lambda span: span.start):
            self._asked[span.topic_partition].append(span)
        self._known = self._recalled()
        self._spans = {place: self._to_read(place) for place in self._known}
        self.claims = {place: said for place in self._known if (said := self._claims(place))}
        self._stretches: dict[TopicPartition, list[Stretch]] = defaultdict(list)
        self._areas: dict[tuple[str, KeyAt], list[Area]] = defaultdict(list)

    @property
    def spans(self) -> list[Span]:
        """What is to be read; one without width where a partition has only to be checked."""
        return [span for place in self._asked for span in self._spans_of(place)]

    def told(self, step: Found | Checked, again: list[Span]) -> Batch:
        """What a step brings; what has to be read for it after all goes to `again`."""
        match step:
            case Found():
                self._note(step)
                return Batch(step.records, {step.place: step.reached})
            case Checked():
                again += self._checked(step.place, step.ends)
                return Batch(reached={step.place: self._asked[step.place][0].start})

    def vouched(self, spans: Sequence[Span]) -> list[Span]:
        """The spans; all that was asked for of partitions that nobody will check any more."""
        sure = [span for span in spans if span.topic_partition not in self.claims]
        for place in {span.topic_partition for span in spans} & set(self.claims):
            sure += self._checked(place, {})
        return sure

    def passed(self, batch: Batch) -> Batch:
        """The batch, which has reached what is to be read next: what lies between is known."""
        reached = {place: self._next(place, at) for place, at in batch.reached.items()}
        return Batch(batch.records, reached, batch.notices)

    def notices(self) -> tuple[Notice, ...]:
        """How much was not read again, where that is anything."""
        places = [place for place in self._asked if place.topic in self._logs]
        asked = sum(span.width for place in places for span in self._asked[place])
        known = asked - sum(map(self._unknown, places))
        if not known:
            return ()
        text = (
            f"{known:,} of {asked:,} offsets were searched before; --no-cache searches them again."
        )
        return (Notice(NoticeKind.REMEMBERED, *places[0], text),)

    def save(self) -> None:
        """Remember what was looked through; what is known already is not written again."""
        found: dict[str, dict[KeyAt, Scanned]] = defaultdict(dict)
        for place, stretches in self._stretches.items() if self._keeps else ():
            if self._unknown(place):
                for key in self._keys:
                    at = (key, place.partition)
                    areas = self._areas.get((place.topic, at), ())
                    found[place.topic][at] = Scanned(tuple(stretches), tuple(areas))
        for topic, by_key in found.items():
            if self._cache is not None:
                self._cache.remember(self._logs[topic], by_key)

    def _checked(self, place: TopicPartition, ends: EpochEnds) -> list[Span]:
        """A leader has spoken: what is to be read instead, where it is not as it was."""
        if hold(self.claims.pop(place, ()), ends):
            return []
        self._known[place] = {key: one.believed(ends) for key, one in self._known[place].items()}
        self._spans[place] = self._to_read(place)
        return self._spans[place]

    def _note(self, found: Found) -> None:
        place, span = found.place, found.span
        if place.topic not in self._logs or found.leader_epoch < 0:
            return
        self._stretches[place].append(Stretch(span.start, span.end_exclusive, found.leader_epoch))
        for record in found.records:
            extend(self._areas[place.topic, (record.key, place.partition)], record.offset)

    def _recalled(self) -> dict[TopicPartition, dict[bytes | None, Scanned]]:
        """What is known of the partitions of which anything is."""
        known: dict[TopicPartition, dict[bytes | None, Scanned]] = defaultdict(dict)
        for topic, log in self._logs.items():
            found = self._cache.known(log, self._keys) if self._cache is not None else {}
            for (key, partition), one in found.items():
                place = TopicPartition(topic, partition)
                if place in self._asked:
                    known[place][key] = one
        return dict(known)

    def _to_read(self, place: TopicPartition) -> list[Span]:
        """The spans of a partition, with those joined that are not worth two requests."""
        read: list[Span] = []
        for asked in self._asked[place]:
            within = asked.start, asked.end_exclusive
            parts = (part for one in self._of_each_key(place) for part in one.to_read(*within))
            read += [Span(*place, *area) for area in joined(parts, NEAR_OFFSETS)]
        return read

    def _unknown(self, place: TopicPartition) -> int:
        """How many of the offsets asked for were not looked through before, for every key."""
        unknown = 0
        for asked in self._asked[place]:
            within = asked.start, asked.end_exclusive
            gaps = joined(gap for one in self._of_each_key(place) for gap in one.gaps(*within))
            unknown += sum(end - first for first, end in gaps)
        return unknown

    def _of_each_key(self, place: TopicPartition) -> list[Scanned]:
        known = self._known.get(place, {})
        return [known.get(key, Scanned()) for key in self._keys]

    def _claims(self, place: TopicPartition) -> tuple[Claim, ...]:
        """What has to hold for what is known of the spans that are asked for."""
        ends: dict[int, int] = {}
        first, last = self._asked[place][0].start, self._asked[place][-1].end_exclusive
        for one in self._known[place].values():
            for start, end, epoch in one.stretches:
                if start < last and first < end:
                    ends[epoch] = max(end, ends.get(epoch, 0))
        return tuple(Claim(epoch, end) for epoch, end in sorted(ends.items()))

    def _spans_of(self, place: TopicPartition) -> list[Span]:
        spans = self._spans.get(place, self._asked[place])
        end = self._asked[place][-1].end_exclusive
        return spans or [Span(*place, end, end)]

    def _next(self, place: TopicPartition, reached: int) -> int:
        """The next offset to be read."""
        spans = self._spans.get(place)
        if spans is None:
            return reached
        for span in spans:
            if reached < span.end_exclusive:
                return max(reached, span.start)
        return max(reached, self._asked[place][-1].end_exclusive)
