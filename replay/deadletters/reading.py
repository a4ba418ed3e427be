"""A record as a dead letter: what all dialects that know its headers say, put together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce

from readers.record import Position, Record
from replay.deadletters.dialects.dialect import Dialect, KnowsTopics, Reading, WritesNumbers
from replay.deadletters.dialects.header_codecs import Codec
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.letter import Confidence, DeadLetter, Failure, Hop, Origin
from replay.deadletters.topics import is_dead_letter_name, is_retry_name
from replay.event import Event
from replay.streams import Stream

_MAX_NAMES = 2_000
"""Sets of header names and topics are remembered up to so many; beyond, they are asked for anew."""


def read_letter(record: Record, dialects: Sequence[Dialect] = BUILT_IN) -> DeadLetter:
    """The letter that a record of a dead-letter topic is; it never raises.

    Where several frameworks had it, `framework` is the latest, and the hops are those of all.
    """
    readings = _readings(record, dialects)
    if not readings:
        return DeadLetter(record, None, Confidence.GUESSED, (Hop(),), record.key)
    name, latest = readings[-1]
    hops = latest.hops
    if len(readings) > 1:
        hops = reduce(_joined, (reading.hops for _, reading in readings))
    return DeadLetter(
        record,
        name,
        latest.confidence,
        hops,
        latest.key,
        latest.is_pointer,
        latest.original_value,
    )


def origin_of(record: Record, dialects: Sequence[Dialect] = BUILT_IN) -> Position | None:
    """Where a letter first failed; None where its headers do not say it."""
    return read_letter(record, dialects).origin.position


def letter_stream(letter: DeadLetter, stream_of: Callable[[str], Stream]) -> Stream:
    """The stream of the letter's aggregate: its origin's, where that is told."""
    return stream_of(letter.origin.topic or letter.record.topic)


def letter_event(letter: DeadLetter, stream_of: Callable[[str], Stream]) -> Event:
    """What the letter's own bytes say under its original's key; conditions are asked of it."""
    return letter_stream(letter, stream_of).event(letter.record._replace(key=letter.key))


def places_of(letters: Iterable[DeadLetter]) -> set[Position]:
    """Where the letters lie, and where they failed first: what the ledger knows them by."""
    found = {place for letter in letters for place in (letter.position, letter.origin.position)}
    return {place for place in found if place is not None}


def recognising(record: Record, dialects: Sequence[Dialect] = BUILT_IN) -> Iterator[Dialect]:
    """The dialects that read the record as a letter of theirs."""
    index = _index(tuple(dialects))
    return (dialect for dialect in index.candidates(record) if dialect.read(record) is not None)


def number_headers(record: Record, dialects: Sequence[Dialect] = BUILT_IN) -> Mapping[str, Codec]:
    """The letter's headers that are numbers in bytes, and how its frameworks read them."""
    found: dict[str, Codec] = {}
    for dialect in recognising(record, dialects):
        if isinstance(dialect, WritesNumbers):
            found |= dialect.numbers
    return found


def _readings(record: Record, dialects: Sequence[Dialect]) -> list[tuple[str, Reading]]:
    """What each framework says, oldest first."""
    candidates = _index(tuple(dialects)).candidates(record)
    found = []
    for dialect in candidates:
        reading = dialect.read(record)
        if reading is not None:
            found.append((dialect, reading))
    if len(found) > 1:
        found.sort(key=lambda pair: _age(record, *pair))
    return [(dialect.name, reading) for dialect, reading in found]


def _age(record: Record, dialect: Dialect, reading: Reading) -> tuple[bool, int]:
    """Sorts frameworks: one that read a retry or dead-letter topic came after the others.

    Else the one whose headers come first: frameworks keep what they find, and add their own.
    """
    topic = reading.hops[0].origin.topic or ""
    first = next((n for n, (name, _) in enumerate(record.headers) if dialect.owns(name)), 0)
    return is_dead_letter_name(topic) or is_retry_name(topic), first


def _joined(before: tuple[Hop, ...], after: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """The hops of two frameworks; one failure that both tell is one hop."""
    if before[-1].origin.position is None or before[-1].origin.position != after[0].origin.position:
        return before + after
    return (*before[:-1], _merged(before[-1], after[0]), *after[1:])


def _merged(one: Hop, other: Hop) -> Hop:
    """What either tells of the same failure."""
    return Hop(
        Origin(
            one.origin.topic,
            one.origin.partition,
            one.origin.offset,
            _told(one.origin.timestamp_ms, other.origin.timestamp_ms),
        ),
        other.failure if one.failure == Failure() else one.failure,
        one.consumer_group or other.consumer_group,
        _told(one.attempts, other.attempts),
        _told(one.failed_at_ms, other.failed_at_ms),
    )


def _told(one: int | None, other: int | None) -> int | None:
    return other if one is None else one


class _Index:
    """Which dialects a record's header names and its topic's name call for, asked once for each."""

    def __init__(self, dialects: tuple[Dialect, ...]) -> None:
        self._dialects = dialects
        self._by_headers: dict[tuple[str, ...], tuple[Dialect, ...]] = {}
        self._by_topic: dict[str, tuple[Dialect, ...]] = {}

    def candidates(self, record: Record) -> tuple[Dialect, ...]:
        """Those that may read the record; most records have none."""
        expecting = self._by_topic.get(record.topic)
        if expecting is None:
            expecting = self._of_topic(record.topic)
        names = tuple([name for name, _ in record.headers])
        owners = self._by_headers.get(names)
        if owners is None:
            owners = self._of_headers(names)
        if not expecting:
            return owners
        return (*expecting, *(dialect for dialect in owners if dialect not in expecting))

    def _of_headers(self, names: tuple[str, ...]) -> tuple[Dialect, ...]:
        owners = tuple(dialect for dialect in self._dialects if any(map(dialect.owns, names)))
        if len(self._by_headers) < _MAX_NAMES:
            self._by_headers[names] = owners
        return owners

    def _of_topic(self, topic: str) -> tuple[Dialect, ...]:
        expecting = tuple(
            dialect
            for dialect in self._dialects
            if isinstance(dialect, KnowsTopics) and dialect.expects(topic)
        )
        if len(self._by_topic) < _MAX_NAMES:
            self._by_topic[topic] = expecting
        return expecting


_index = lru_cache(maxsize=8)(_Index)
