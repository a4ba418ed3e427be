"""Which event of a story a position, a time or a number means."""

from readers.errors import UsageError
from readers.record import Position
from replay.story import Story


def n_at_number(story: Story, n: int) -> int:
    """The event of this number; 0 is before the first.

    Raises:
        UsageError: the story has no such event.
    """
    if not 0 <= n <= len(story.events):
        raise UsageError(
            f"There is no event #{n}: the story of {story.aggregate} has {len(story.events)} "
            "events, and #0 is before the first."
        )
    return n


def n_at_position(story: Story, position: Position) -> int:
    """The last event of the story that a reader has seen when its partition is read up to here.

    The position itself is included. 0 where the partition has none of the story before it.

    Raises:
        UsageError: the story is not told from this partition at all.
    """
    places = [(e.n, e.event.position) for e in story.events]
    mine = [(n, p) for n, p in places if p.topic_partition == position.topic_partition]
    if not mine:
        raise UsageError(
            f"No event of {story.aggregate} lies in {position.topic} p{position.partition}; "
            "`kstory story` shows where they are."
        )
    return max((n for n, place in mine if place.offset <= position.offset), default=0)


def n_at_time(story: Story, time_ms: int) -> int:
    """The last event told before the first one that lies after this time."""
    for event in story.events:
        if event.event.time_ms is not None and event.event.time_ms > time_ms:
            return event.n - 1
    return len(story.events)
