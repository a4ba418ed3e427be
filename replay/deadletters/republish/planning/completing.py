"""Letters that lack something of their originals: what is sent instead is fetched there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from readers.record import Position, Record
from readers.source import Source
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.fetching import fetch_all
from replay.deadletters.letter import DeadLetter, Origin
from replay.deadletters.originals import NotFound, find_original
from replay.deadletters.reading import recognising

SEARCHES = 20
"""Letters without a position are searched for by their value, which reads up to 100,000 offsets
each; no more of them in one plan."""

_KEEP_KEYS = frozenset(
    {"spring", "spring-cloud-stream", "connect", "streams", "smallrye", "helidon", "uforwarder"}
)
"""Frameworks that write the original's key, or none where it had none; as read in their sources.

Others may lose it: Karafka's open edition leaves no headers and is not known by any.
"""


@dataclass(frozen=True, slots=True)
class Whole:
    """A letter with the original that it lacks something of.

    Attributes:
        original: None where it lacks nothing, or its original was not found.
        why: it was not found; None where it was, or was not looked for, or where the letter is
            known to have all that its original had.
    """

    letter: DeadLetter
    original: Record | None = None
    why: str | None = None


class Originals:
    """Finds the originals of letters that only point to them, or have no key."""

    def __init__(
        self,
        source: Source,
        read: Callable[[Record], DeadLetter],
        dialects: Sequence[Dialect] = BUILT_IN,
    ) -> None:
        self._source = source
        self._read = read
        self._dialects = dialects
        self._searches = 0

    def complete(self, records: Iterable[Record]) -> dict[Position, Whole]:
        """The letters, by position; those with a recorded origin are looked up together."""
        letters = [self._read(record) for record in records]
        lacking = [letter for letter in letters if letter.is_pointer or letter.key is None]
        found = self._at_origins(lacking)
        whole = {letter.position: Whole(letter) for letter in letters}
        for letter in lacking:
            completed = self._whole(letter, found)
            if completed.why is not None and self._has_kept_its_key(letter):
                completed = Whole(letter)
            whole[letter.position] = completed
        return whole

    def _has_kept_its_key(self, letter: DeadLetter) -> bool:
        """Whether its key is null because the original's was: all that had it keep keys."""
        names = {dialect.name for dialect in recognising(letter.record, self._dialects)}
        return not letter.is_pointer and bool(names) and names <= _KEEP_KEYS

    def _at_origins(self, letters: Iterable[DeadLetter]) -> dict[Position, Record]:
        wanted = {letter.origin.position for letter in letters}
        topics = self._source.topics({place.topic for place in wanted if place is not None})
        counts = {topic.name: len(topic.partitions) for topic in topics}
        there = [p for p in wanted if p is not None and p.partition < counts.get(p.topic, 0)]
        return fetch_all(self._source, there)

    def _whole(self, letter: DeadLetter, found: Mapping[Position, Record]) -> Whole:
        origin = letter.origin.position
        if origin is None:
            return self._searched(letter)
        original = found.get(origin)
        if original is None:
            return Whole(letter, why=f"its original at {origin} is gone")
        if letter.origin.timestamp_ms not in (None, original.timestamp_ms):
            return Whole(letter, why=f"another record lies at {origin} now")
        return Whole(letter, original)

    def _searched(self, letter: DeadLetter) -> Whole:
        self._searches += 1
        if self._searches > SEARCHES:
            why = f"its original was not searched for, as there are more than {SEARCHES} like it"
            return Whole(letter, why=why)
        found = find_original(self._source, letter)
        if isinstance(found, NotFound):
            return Whole(letter, why=found.why.rstrip("."))
        record = found.record
        first = replace(letter.hops[0], origin=Origin(*record.position, record.timestamp_ms))
        return Whole(replace(letter, hops=(first, *letter.hops[1:])), record)
