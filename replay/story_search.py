"""Finding an aggregate's events in its stream's topics, and knowing whether all were found."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from readers.decoders.chain import has_foreign_decoders
from readers.record import Record, Span, TopicPartition
from readers.search import SearchStep, find_key, find_records, find_texts
from readers.source import Source, TopicInfo
from replay.event import Event
from replay.locator import Locator, bytes_of_text, text_of_bytes
from replay.reducers.loading import choose_reducer
from replay.reducers.stepping import Runner
from replay.story import Story, tell
from replay.story_cuts import Cut, cut_of
from replay.streams import Stream


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which part of a story is asked for, in ms since the epoch; None is unbounded."""

    from_ms: int | None = None
    until_ms: int | None = None

    def hold(self, time_ms: int) -> bool:
        """Whether the time lies from `from_ms` up to, not including, `until_ms`."""
        return (self.from_ms is None or self.from_ms <= time_ms) and (
            self.until_ms is None or time_ms < self.until_ms
        )


class StorySearch:
    """A search for one aggregate, step by step on its source's thread.

    What was found is kept when it is stopped: `story` tells it at any time, and says what was
    not searched.
    """

    def __init__(
        self,
        source: Source,
        stream: Stream,
        aggregate: str,
        *,
        reducer: Runner | None = None,
        bounds: Bounds | None = None,
        fold_duplicates: bool = False,
        everywhere: bool = False,
    ) -> None:
        """With `everywhere`, partitions are searched that the key's hash rules out, too."""
        self._source = source
        self._stream = stream
        # One spelling of an id that is no text, however it was typed.
        self._aggregate = text_of_bytes(bytes_of_text(aggregate))
        self._reducer = reducer
        self._bounds = bounds or Bounds()
        self._fold_duplicates = fold_duplicates
        self._everywhere = everywhere
        self._topics: tuple[TopicInfo, ...] = ()
        self._events: dict[TopicPartition, list[Event]] = defaultdict(list)
        self._last = SearchStep((), 0, 0)
        self._lost: list[str] = []
        self._done = False

    @property
    def found(self) -> int:
        """How many events were found so far."""
        return sum(map(len, self._events.values()))

    def steps(self) -> Iterator[SearchStep]:
        """Search; each step says how far it is."""
        self._topics = self._source.topics(self._stream.all_topics)
        self._note_unreadable()
        for step in self._search(self._spans()):
            self._last = step
            self._note_losses(step)
            for record in step.records:
                self._take(record)
            yield step
        self._done = True

    def new_steps(self) -> Iterator[SearchStep]:
        """Search what was written since; what is found belongs to the next `story`.

        Where it fails or is stopped on the way, nothing of it counts: the next one finds it.
        """
        topics = self._source.topics(self._stream.all_topics)
        known = {span.topic_partition: span.end_exclusive for t in self._topics for span in t.spans}
        spans = [
            Span(span.topic, span.partition, max(span.start, start), span.end_exclusive)
            for topic in topics
            for span in topic.spans
            if span.end_exclusive > (start := known.get(span.topic_partition, span.start))
        ]
        steps = []
        for step in self._search(spans) if spans else ():
            steps.append(step)
            yield step
        self._topics = topics
        for step in steps:
            self._note_losses(step)
            for record in step.records:
                self._take(record)

    def reload_reducer(self) -> bool:
        """Take the reducer as its file is now, if it was saved since; whether it was.

        Raises:
            UsageError: it does not load any more.
        """
        if self._reducer is None or not self._reducer.changed():
            return False
        self._reducer = self._reducer.fresh()
        return True

    def _note_losses(self, step: SearchStep) -> None:
        self._lost.extend(notice.text for notice in step.notices if notice.is_loss)

    def _take(self, record: Record) -> None:
        event = self._stream.event(record)
        if event.time_ms is None or self._bounds.hold(event.time_ms):
            self._events[event.position.topic_partition].append(event)

    def _spans(self) -> list[Span]:
        spans = [span for topic in self._topics for span in topic.spans]
        if self._bounds.from_ms is None:
            return spans
        partitions = [span.topic_partition for span in spans]
        starts = self._source.offsets_at(self._bounds.from_ms, partitions)
        return [
            Span(s.topic, s.partition, max(s.start, starts[s.topic_partition]), s.end_exclusive)
            for s in spans
        ]

    def _search(self, spans: Sequence[Span]) -> Iterator[SearchStep]:
        wanted = bytes_of_text(self._aggregate)
        places = self._stream.aggregate_id
        if places == (Locator("key"),):
            return find_key(self._source, wanted, self._topics, spans, everywhere=self._everywhere)
        if any(place.place == "value" for place in places) and has_foreign_decoders():
            return find_records(self._source, spans, self._is_mine)
        # A record without these bytes anywhere need not be decoded.
        return self._mine(find_texts(self._source, (wanted,), spans, escaped=True))

    def _mine(self, steps: Iterator[SearchStep]) -> Iterator[SearchStep]:
        for step in steps:
            yield replace(step, records=tuple(filter(self._is_mine, step.records)))

    def _is_mine(self, record: Record) -> bool:
        return self._stream.event(record).aggregate == self._aggregate

    def _note_unreadable(self) -> None:
        found = {topic.name for topic in self._topics}
        absent = [name for name in self._stream.topics if name not in found]
        self._lost.extend(f"there is no topic {name}" for name in absent)
        self._lost.extend(f"{topic.name}: {topic.error}" for topic in self._topics if topic.error)

    def story(self) -> Story:
        """What was found so far, told as a story."""
        cuts = self._cuts()
        lists = [self._events[place] for place in sorted(self._events)]
        types = (event.type for events in lists for event in events if not event.is_letter)
        return tell(
            lists,
            aggregate=self._aggregate,
            stream=self._stream,
            topics=tuple(topic.name for topic in self._topics),
            reducer=self._reducer or choose_reducer(types),
            missing=self._missing(cuts),
            has_holes=bool(self._lost) or not self._done or any(cut.has_holes for cut in cuts),
            fold_duplicates=self._fold_duplicates,
        )

    def _cuts(self) -> tuple[Cut, ...]:
        by_key = self._stream.aggregate_id == (Locator("key"),)
        cuts = (cut_of(topic, self._aggregate, by_key=by_key) for topic in self._topics)
        return tuple(filter(None, cuts))

    def _missing(self, cuts: Sequence[Cut]) -> str | None:
        reasons = list(dict.fromkeys(self._lost))
        if not self._done:
            searched, total = self._last.searched, self._last.total
            reasons.append(f"only {searched:,} of {total:,} offsets were searched")
        if self._bounds.from_ms is not None:
            reasons.append("a bound leaves out what came before")
        reasons.extend(cut.why for cut in cuts)
        return "; ".join(reasons) or None
