"""The record that a letter was made of, where it still lies, and what lies around it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from readers.errors import SourceRefused
from readers.record import Position, Record, Span, TopicPartition
from readers.search import find_records
from readers.source import PartitionBounds, Source, TopicInfo
from replay.deadletters.letter import DeadLetter, Origin
from replay.deadletters.topics import origin_topic_by_name

SEARCHED_OFFSETS = 100_000
"""How many of the newest offsets are searched for a letter's value: about a second's reading."""
_WIDEST = 4_096
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Found:
    """The original record, and how it was found, in a sentence."""

    record: Record
    how: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """Why there is no original to show, in a sentence."""

    why: str


def find_original(
    source: Source, letter: DeadLetter, *, limit: int = SEARCHED_OFFSETS
) -> Found | NotFound:
    """The original: at its recorded position, else the one record with the same value.

    Args:
        source: where both lie.
        letter: the letter; one without a position is searched for in the topic that it, or its
            own topic's name, names.
        limit: how many offsets before the letter's time are searched, of all partitions together.

    Raises:
        SourceError: the source does not answer.
    """
    position = letter.origin.position
    if position is None:
        return _by_value(source, letter, limit)
    topics = source.topics([position.topic])
    if not topics:
        return NotFound(f"There is no topic {position.topic} in {source.name} any more.")
    why = _why_not_there(topics[0], position)
    return NotFound(why) if why else _at(source, position, letter.origin)


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


def _at(source: Source, position: Position, origin: Origin) -> Found | NotFound:
    span = Span(*position, position.offset + 1)
    texts = []
    for batch in source.read([span]):
        texts += [notice.text for notice in batch.notices]
        for record in batch.records:
            if origin.timestamp_ms not in (None, record.timestamp_ms):
                return NotFound(
                    f"Another record lies at {position} now, of another time than the original: "
                    f"the topic was deleted and made again."
                )
            return Found(record, f"It lies at {position}, as the letter says.")
    gone = (
        f"No record lies at {position} any more: it was compacted away, or its transaction ended."
    )
    return NotFound(" ".join(texts) or gone)


def _by_value(source: Source, letter: DeadLetter, limit: int) -> Found | NotFound:
    """The record with the same value: for letters that tell no position."""
    topics = source.topics()
    name = letter.origin.topic or origin_topic_by_name(
        letter.record.topic, {info.name for info in topics}
    )
    info = next((info for info in topics if info.name == name), None)
    if name is None:
        return NotFound("Nothing in the letter, nor its topic's name, says where it came from.")
    if info is None:
        return NotFound(f"There is no topic {name} in {source.name} any more.")
    if letter.is_pointer or letter.record.value is None:
        return NotFound(f"It came from {name}, but has neither an offset nor the original's value.")
    return _with_value(source, letter, info, limit)


def _with_value(
    source: Source, letter: DeadLetter, info: TopicInfo, limit: int
) -> Found | NotFound:
    key, value = letter.key, letter.record.value

    def is_it(record: Record) -> bool:
        return record.value == value and (key is None or record.key == key)

    spans = _newest(_before(source, letter, info), limit)
    steps = list(find_records(source, spans, is_it))
    records = [record for step in steps for record in step.records]
    looked = _how_far(info, spans)
    if len(records) == 1:
        return Found(records[0], f"It is the only record with the letter's value; {looked}.")
    if not records:
        return NotFound(f"No record of {info.name} has the letter's value; {looked}.")
    shown = ", ".join(str(record.position) for record in records[:_SHOWN])
    more = " and more" if len(records) > _SHOWN else ""
    return NotFound(
        f"{len(records)} records of {info.name} have the letter's value ({shown}{more}), "
        f"and nothing tells which it was; {looked}."
    )


def _before(source: Source, letter: DeadLetter, info: TopicInfo) -> list[Span]:
    """What was in the topic when the letter was written."""
    spans = [span for span in info.spans if span.width]
    time_ms = letter.record.timestamp_ms
    if time_ms is None:
        return spans
    ends = source.offsets_at(time_ms + 1, [span.topic_partition for span in spans])
    ended = (
        replace(span, end_exclusive=min(span.end_exclusive, _end(ends, span.topic_partition, span)))
        for span in spans
    )
    return [span for span in ended if span.width]


def _end(ends: dict[TopicPartition, int], partition: TopicPartition, span: Span) -> int:
    return ends.get(partition, span.end_exclusive)


def _newest(spans: Sequence[Span], limit: int) -> list[Span]:
    """The ends of the spans, `limit` offsets together, the same for each."""
    share = max(1, limit // max(1, len(spans)))
    return [replace(span, start=max(span.start, span.end_exclusive - share)) for span in spans]


def _how_far(info: TopicInfo, spans: Sequence[Span]) -> str:
    searched, total = sum(span.width for span in spans), info.offsets_count
    if searched >= total:
        return f"all {total:,} offsets of {info.name} were searched"
    return (
        f"{searched:,} of {total:,} offsets of {info.name} were searched, those before the letter"
    )
