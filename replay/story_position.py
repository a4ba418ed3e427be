"""Which event of a story a vector of positions, a time or a number means."""

from collections.abc import Sequence

from readers.errors import UsageError
from readers.record import Position, TopicPartition
from replay.story import Story, StoryEvent


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


def n_at_vector(story: Story, vector: Sequence[Position]) -> int:
    """The last event of the story that a reader has seen who has read these partitions up to here.

    The positions themselves are included; partitions that are not named are read along with the
    story. 0 where nothing of the story lies before any of them.

    Raises:
        UsageError: a partition is named twice, the story is not told from any of them or never
            from a topic, or it tells something first that the reader has not seen.
    """
    ends = _ends(story, vector)
    named = [e for e in story.events if e.event.position.topic_partition in ends]
    if not named:
        raise _elsewhere(story, vector)

    def is_seen(event: StoryEvent) -> bool:
        position = event.event.position
        return position.offset <= ends[position.topic_partition]

    last = max(filter(is_seen, named), key=lambda event: event.n, default=None)
    if last is None:
        return 0
    place = last.event.position
    for event in named[: named.index(last)]:
        if event.event.position.topic_partition != place.topic_partition and not is_seen(event):
            raise UsageError(
                f"The story has no such point: it tells {event.event.position} (#{event.n}), which "
                f"is not to be read, before {place} (#{last.n}), which is."
            )
    return last.n


def vector_at(story: Story, n: int) -> tuple[Position, ...]:
    """How far each partition is read at event `n`, ascending; those not read yet are left out."""
    ends: dict[TopicPartition, int] = {}
    for event in story.events[:n]:
        position = event.event.position
        place = position.topic_partition
        ends[place] = max(ends.get(place, position.offset), position.offset)
    return tuple(Position(*place, ends[place]) for place in sorted(ends))


def _ends(story: Story, vector: Sequence[Position]) -> dict[TopicPartition, int]:
    """The last offset that was read, by partition."""
    ends: dict[TopicPartition, int] = {}
    for position in vector:
        if position.topic_partition in ends:
            raise UsageError(f"{position.topic} p{position.partition} is named twice.")
        if len(vector) > 1 and position.topic not in story.topics:
            raise UsageError(
                f"The story of {story.aggregate} is not told from {position.topic}; "
                f"it is from {', '.join(story.topics)}."
            )
        ends[position.topic_partition] = position.offset
    return ends


def _elsewhere(story: Story, vector: Sequence[Position]) -> UsageError:
    places = ", ".join(f"{position.topic} p{position.partition}" for position in vector)
    return UsageError(
        f"No event of {story.aggregate} lies in {places}; `kstory story` shows where they are."
    )


def n_at_time(story: Story, time_ms: int) -> int:
    """The last event told before the first one that lies after this time."""
    for event in story.events:
        if event.event.time_ms is not None and event.event.time_ms > time_ms:
            return event.n - 1
    return len(story.events)
