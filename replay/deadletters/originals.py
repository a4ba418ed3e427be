"""The record that a letter was made of, where it still lies, and what lies around it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from readers.errors import SourceRefused
from readers.record import Position, Record, Span
from readers.source import PartitionBounds, Source, TopicInfo
from replay.deadletters.letter import DeadLetter, Origin
from replay.deadletters.topics import origin_topic_by_name
from replay.deadletters.value_search import Found, NotFound, search_by_value

__all__ = ["Found", "NotFound", "find_original", "find_originals", "neighbours"]

SEARCHED_OFFSETS = 100_000
"""How many of the newest offsets are searched for a letter's value: about a second's reading."""
_WIDEST = 4_096
_NAMELESS = "Nothing in the letter, nor its topic's name, says where it came from."


def find_original(
    source: Source, letter: DeadLetter, *, limit: int = SEARCHED_OFFSETS
) -> Found | NotFound:
    """The original of one letter; see `find_originals`."""
    return find_originals(source, [letter], limit=limit)[letter.position]


def find_originals(
    source: Source, letters: Iterable[DeadLetter], *, limit: int = SEARCHED_OFFSETS
) -> dict[Position, Found | NotFound]:
    """The letters' originals, by the letters' positions.

    A letter that tells a position has its original there, or none. Others are searched for by
    their value, and their key where they have one: in the topic that they, or their own topic's
    name, name; all letters of a topic in one pass. One match is the original; of several none is.

    Args:
        source: where letters and originals lie.
        letters: any number; their values are held.
        limit: how many offsets before the letters' time are searched in a topic, of all its
            partitions together.

    Raises:
        SourceError: the source does not answer.
    """
    letters = list(letters)
    infos = _topics_of(source, letters)
    found: dict[Position, Found | NotFound] = {}
    lost: dict[str, list[DeadLetter]] = defaultdict(list)
    for letter in letters:
        if letter.origin.position is not None:
            found[letter.position] = _at_origin(source, letter.origin, infos)
            continue
        topic = letter.origin.topic or origin_topic_by_name(letter.record.topic, infos)
        why = _why_not_searched(source, letter, topic, infos)
        if topic is None or why is not None:
            found[letter.position] = NotFound(why or _NAMELESS)
        else:
            lost[topic].append(letter)
    for topic, of_topic in lost.items():
        found.update(search_by_value(source, infos[topic], of_topic, limit))
    return found


def _topics_of(source: Source, letters: Iterable[DeadLetter]) -> dict[str, TopicInfo]:
    """The topics they name; all there are where one names none: its own topic's name may."""
    positions = [letter.origin.position for letter in letters]
    names = {position.topic for position in positions if position is not None}
    infos = source.topics(None if None in positions else names)
    return {info.name: info for info in infos}


def neighbours(source: Source, position: Position, count: int) -> tuple[Record, ...]:
    """The record at a position with up to `count` before and after it, ascending by offset.

    Offsets without a record are passed over, a few thousand on either side at most.

    Raises:
        SourceError: the source does not answer, or the partition does not exist.
    """
    bounds = _bounds(source.topics([position.topic]), position.partition)
    if bounds is None:
        raise SourceRefused(f"There is no partition {position.topic_partition} in {source.name}.")
    before = _nearest(source, position, count, bounds, -1)
    after = _nearest(source, position, count, bounds, 1)
    here = _records(source, Span(*position, position.offset + 1))
    return (*before, *here, *after)


def _nearest(
    source: Source, position: Position, count: int, bounds: PartitionBounds, step: int
) -> tuple[Record, ...]:
    """Up to `count` records next to the position on one side; the window grows while it must."""
    width = max(2 * count, 1)
    while True:
        if step < 0:
            start, end = max(bounds.start, position.offset - width), position.offset
        else:
            start = position.offset + 1
            end = min(bounds.end_exclusive, start + width)
        records = _records(source, Span(*position.topic_partition, start, end))
        is_all = end - start < width or width >= _WIDEST
        if len(records) >= count or is_all:
            return records[-count:] if step < 0 and count else records[:count]
        width = min(width * 8, _WIDEST)


def _records(source: Source, span: Span) -> tuple[Record, ...]:
    if span.width == 0:
        return ()
    return tuple(record for batch in source.read([span]) for record in batch.records)


def _bounds(topics: Sequence[TopicInfo], partition: int) -> PartitionBounds | None:
    return next((b for info in topics for b in info.partitions if b.partition == partition), None)


def _why_not_there(info: TopicInfo, position: Position) -> str | None:
    """Why the offset cannot be read; None where it can."""
    if info.error is not None:
        return f"{info.name} cannot be read: {info.error}"
    bounds = _bounds([info], position.partition)
    if bounds is None:
        count = len(info.partitions)
        return f"{info.name} has {count} partitions now, and none of number {position.partition}."
    if position.offset < bounds.start:
        return f"Retention removed {position}: the partition begins at {bounds.start} now."
    if position.offset >= bounds.high_watermark:
        return (
            f"The partition of {position} ends at {bounds.high_watermark}: "
            f"the topic was deleted and made again, or cut off."
        )
    if position.offset >= bounds.end_exclusive:
        return f"{position} lies behind an open transaction, and cannot be read before it ends."
    return None


def _at_origin(source: Source, origin: Origin, infos: Mapping[str, TopicInfo]) -> Found | NotFound:
    """What lies at a letter's recorded origin, if that is the original still."""
    position = origin.position
    if position is None or position.topic not in infos:
        return NotFound(f"There is no topic {origin.topic} in {source.name}.")
    why = _why_not_there(infos[position.topic], position)
    if why is not None:
        return NotFound(why)
    texts = []
    for batch in source.read([Span(*position, position.offset + 1)]):
        texts += [notice.text for notice in batch.notices]
        for record in batch.records:
            if origin.timestamp_ms not in (None, record.timestamp_ms):
                return NotFound(
                    f"Another record lies at {position} now, of another time than the original: "
                    f"the topic was deleted and made again."
                )
            return Found(record, f"It lies at {position}, as the letter says.")
    gone = f"No record lies at {position} any more: it was compacted away, or its write aborted."
    return NotFound(" ".join(texts) or gone)


def _why_not_searched(
    source: Source, letter: DeadLetter, topic: str | None, infos: Mapping[str, TopicInfo]
) -> str | None:
    if topic is None:
        return _NAMELESS
    if topic not in infos:
        return f"There is no topic {topic} in {source.name}."
    if letter.sought_value is None:
        return f"It came from {topic}, but has neither an offset nor the original's value."
    return None
