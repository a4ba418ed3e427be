"""One aggregate's events as a story: ordered, marked, narrated, and how complete it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from replay.event import Event
from replay.event_marks import Mark, Marked, letters_by_origin, mark
from replay.fold import Fold, Folding
from replay.narration import narrate
from replay.order import merge
from replay.reducers.stepping import Runner
from replay.streams import Stream


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One event as the story tells it: its number from 1, what marks it, what it says."""

    n: int
    told: Marked
    says: str

    @property
    def event(self) -> Event:
        """The event itself."""
        return self.told.event

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Why it stands out."""
        return self.told.marks


@dataclass(frozen=True, slots=True)
class Story:
    """What is known of an aggregate.

    Attributes:
        topics: those that were read for it.
        complete: no earlier event can be missing; `why` says what may be missing otherwise.
        fold: its states, by the reducer that also narrates.
        has_holes: events may be missing anywhere, not only before the first.
    """

    aggregate: str
    stream: Stream
    topics: tuple[str, ...]
    events: tuple[StoryEvent, ...]
    complete: bool
    why: str | None
    fold: Fold
    has_holes: bool = False

    @property
    def times_ms(self) -> tuple[int, ...]:
        """The events' times, in the story's order; those that have none are left out."""
        return tuple(e.event.time_ms for e in self.events if e.event.time_ms is not None)


def tell(
    partitions: Sequence[Iterable[Event]],
    *,
    aggregate: str,
    stream: Stream,
    topics: tuple[str, ...],
    reducer: Runner,
    missing: str | None,
    has_holes: bool = False,
    fold_duplicates: bool = False,
) -> Story:
    """Tell the story of an aggregate's events, each partition's given in offset order.

    `missing` says why events may be missing; None where it is known that none are. With
    `has_holes` they may be missing anywhere, not only before the first. With `fold_duplicates` a
    redelivered event changes the state again.
    """
    ordered = tuple(merge(partitions))
    told = tuple(mark(ordered, stream, letters_by_origin(ordered)))
    foldings = [Folding(each.event, is_left_out(each, fold_duplicates)) for each in told]
    fold = Fold(reducer, aggregate, foldings)
    events = tuple(
        StoryEvent(n, each, says or narrate(each.event))
        for n, (each, says) in enumerate(zip(told, fold.told, strict=True), 1)
    )
    return Story(aggregate, stream, topics, events, missing is None, missing, fold, has_holes)


def is_left_out(told: Marked, fold_duplicates: bool) -> bool:
    """Whether an event is shown but not folded: letters, and duplicates unless they are wanted."""
    return told.event.is_letter or (Mark.DUPLICATE in told.marks and not fold_duplicates)
