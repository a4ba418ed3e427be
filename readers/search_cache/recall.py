"""What one scan need not read again, and what is to be remembered of it."""

from collections import defaultdict
from collections.abc import Sequence

from readers.raw_batches.epochs import Claim, EpochEnds, hold
from readers.raw_batches.step import Checked, Found
from readers.record import Span, TopicPartition
from readers.search_cache.memory import Memory
from readers.search_cache.scanned import NEAR_OFFSETS, Scanned, joined
from readers.source import Batch, Notice, NoticeKind


class Recall:
    """Knows what earlier scans found, as long as the leaders vouch for it.

    What is read of a partition is right once it is told that its `claims` were checked.
    """

    def __init__(self, memory: Memory, spans: Sequence[Span]) -> None:
        self._memory = memory
        self._asked: dict[TopicPartition, list[Span]] = defaultdict(list)
        for span in sorted(spans, key=lambda span: span.start):
            self._asked[span.topic_partition].append(span)
        self._known = dict(memory.known(self._asked))
        self._spans = {place: self._to_read(place) for place in self._known}
        self.claims = {place: said for place in self._known if (said := self._claims(place))}

    @property
    def spans(self) -> list[Span]:
        """What is to be read; one without width where a partition has only to be checked."""
        return [span for place in self._asked for span in self._spans_of(place)]

    def told(self, step: Found | Checked, again: list[Span]) -> Batch:
        """What a step brings; what has to be read for it after all goes to `again`."""
        match step:
            case Found():
                self._memory.note(step)
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
        places = [place for place in self._asked if place.topic in self._memory.logs]
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
        self._memory.save([place for place in self._asked if self._unknown(place)])

    def _checked(self, place: TopicPartition, ends: EpochEnds) -> list[Span]:
        """A leader has spoken: what is to be read instead, where it is not as it was."""
        if hold(self.claims.pop(place, ()), ends):
            return []
        self._known[place] = [one.believed(ends) for one in self._known[place]]
        self._spans[place] = self._to_read(place)
        return self._spans[place]

    def _to_read(self, place: TopicPartition) -> list[Span]:
        """The spans of a partition, with those joined that are not worth two requests."""
        read: list[Span] = []
        for asked in self._asked[place]:
            within = asked.start, asked.end_exclusive
            parts = (part for one in self._known[place] for part in one.to_read(*within))
            read += [Span(*place, *area) for area in joined(parts, NEAR_OFFSETS)]
        return read

    def _unknown(self, place: TopicPartition) -> int:
        """How many of the offsets asked for were not looked through before, for every key."""
        unknown = 0
        for asked in self._asked[place]:
            within = asked.start, asked.end_exclusive
            each = self._known.get(place, (Scanned(),))
            gaps = joined(gap for one in each for gap in one.gaps(*within))
            unknown += sum(end - first for first, end in gaps)
        return unknown

    def _claims(self, place: TopicPartition) -> tuple[Claim, ...]:
        """What has to hold for what is known of the spans that are asked for."""
        ends: dict[int, int] = {}
        first, last = self._asked[place][0].start, self._asked[place][-1].end_exclusive
        for one in self._known[place]:
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
