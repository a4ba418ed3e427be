"""What letters do to their aggregates: the states when they failed, now, and once they are sent."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from readers.record import Position, Record, TopicPartition
from readers.search import SearchStep, find_records
from readers.source import Source
from replay.deadletters.republish.plan import Impact
from replay.event import Event
from replay.fold import Fold, Folding
from replay.locator import Locator, text_of_bytes
from replay.reducers.loading import choose_reducer
from replay.reducers.stepping import Runner
from replay.story import Story, is_left_out, tell
from replay.story_search import StorySearch
from replay.streams import Stream

SCAN_LIMIT = 5_000_000
"""A source without an index reads all of a stream for the stories; more offsets than these are
not read for the sake of a preview."""
ReducerOf = Callable[[Stream], Runner | None]


@dataclass(frozen=True, slots=True)
class Sending:
    """A record as it would be sent, by the reading of its target's stream.

    Attributes:
        origin: where it failed, in the same story or not.
        is_mended: it is another event than the one that failed, under the same id.
    """

    number: int
    stream: Stream
    event: Event
    origin: Position | None = None
    is_mended: bool = False


class Stories:
    """The stories of some aggregates of one stream, found step by step."""

    def __init__(self, source: Source, stream: Stream, aggregates: Collection[str]) -> None:
        self._source = source
        self._stream = stream
        self._aggregates = frozenset(aggregates)
        self._events: dict[str, dict[TopicPartition, list[Event]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._topics = source.topics(stream.all_topics)
        self._by_key = stream.aggregate_id == (Locator("key"),)

    @property
    def offsets_count(self) -> int:
        """How much has to be read; 0 where an index answers."""
        return 0 if self._is_indexed else sum(topic.offsets_count for topic in self._topics)

    @property
    def _is_indexed(self) -> bool:
        return self._by_key and hasattr(self._source, "read_key")

    def steps(self) -> Iterator[SearchStep]:
        """Search for them; each step says how far it is."""
        if self._is_indexed:
            yield from self._one_by_one()
            return
        spans = [span for topic in self._topics for span in topic.spans]
        for step in find_records(self._source, spans, lambda record: True):
            for record in step.records:
                self._take(record)
            yield SearchStep((), step.searched, step.total, step.notices)

    def story(self, aggregate: str, reducer: Runner | None) -> Story:
        """One of them, of what was found."""
        lists = [events for _, events in sorted(self._events[aggregate].items())]
        types = (event.type for events in lists for event in events if not event.is_letter)
        return tell(
            lists,
            aggregate=aggregate,
            stream=self._stream,
            topics=tuple(topic.name for topic in self._topics),
            reducer=reducer or choose_reducer(types),
            missing=None,
        )

    def _one_by_one(self) -> Iterator[SearchStep]:
        total = len(self._aggregates)
        for number, aggregate in enumerate(sorted(self._aggregates), 1):
            search = StorySearch(self._source, self._stream, aggregate)
            for step in search.steps():
                yield SearchStep((), number - 1, total, step.notices)
            for told in search.story().events:
                self._events[aggregate][told.event.position.topic_partition].append(told.event)
        yield SearchStep((), total, total)

    def _take(self, record: Record) -> None:
        if self._by_key and (
            record.key is None or text_of_bytes(record.key) not in self._aggregates
        ):
            return  # most records: not decoded
        event = self._stream.event(record)
        if event.aggregate in self._aggregates:
            self._events[event.aggregate][event.position.topic_partition].append(event)


def impacts(
    story: Story, sendings: Sequence[Sending], reducer: Runner | None = None
) -> Mapping[int, Impact]:
    """What each sending does, one after the other in their order, by its number."""
    runner = reducer or story.fold.reducer
    told = [Folding(each.event, is_left_out(each.told, False)) for each in story.events]
    known = {(each.event.type, each.event.event_id) for each in story.events
             if not each.event.is_letter and each.event.event_id is not None}  # fmt: skip
    repeated = [_is_told(sending, known) for sending in sendings]
    events = [sending.event for sending in sendings]
    once = [Folding(event, left_out) for event, left_out in zip(events, repeated, strict=True)]
    fold = Fold(runner, story.aggregate, [*told, *once])
    again = fold
    if any(repeated):
        again = Fold(runner, story.aggregate, [*told, *map(Folding, events)])
    numbers = {each.event.position: each.n for each in story.events}
    return {
        sending.number: _with_failure(
            _impact(fold, again, n, sending, already_told), fold, numbers, sending
        )
        for n, (sending, already_told) in enumerate(
            zip(sendings, repeated, strict=True), len(told) + 1
        )
    }


def _is_told(sending: Sending, known: Collection[tuple[str | None, str | None]]) -> bool:
    event = sending.event
    return not sending.is_mended and (event.type, event.event_id) in known


def _impact(fold: Fold, again: Fold, n: int, sending: Sending, already_told: bool) -> Impact:
    before, after = fold.around(n)
    was, broken = fold.checked(n - 1).said, fold.checked(n).said
    repeating = again if already_told else fold
    errors = [error.error for error in repeating.state(n).errors if error.n in (0, n)]
    return Impact(
        aggregate=sending.event.aggregate or "",
        reducer=fold.reducer.name,
        before=before,
        after=after,
        already_told=already_told,
        broken=broken,
        newly_broken=_without(broken, was),
        error=errors[0] if errors else None,
        again=again.state(n).value if already_told else None,
        again_breaks=_without(again.checked(n).said, was) if already_told else (),
    )


def _without(broken: tuple[str, ...], was: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(rule for rule in broken if rule not in was)


def _with_failure(
    impact: Impact, fold: Fold, numbers: Mapping[Position, int], sending: Sending
) -> Impact:
    """The same, with the state after the event that failed."""
    n = None if sending.origin is None else numbers.get(sending.origin)
    return impact if n is None else replace(impact, failed_n=n, failed=fold.state(n).value)
