"""What a scan asks of what is remembered, and what it leaves there."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from readers.raw_batches.step import Found
from readers.record import Span, TopicPartition
from readers.search_cache.cache import KeyAt, SearchCache
from readers.search_cache.rows import Log
from readers.search_cache.scanned import Area, Scanned, Stretch, extend
from readers.wanted import Wanted

_KEYS_MAX = 100
"""With more keys in one scan nothing is remembered: their rows would push out everything else."""


class Memory(Protocol):
    """What is remembered for one scan.

    Attributes:
        logs: of the topics of which anything is remembered.
    """

    logs: Mapping[str, Log]

    def known(
        self, asked: Mapping[TopicPartition, Sequence[Span]]
    ) -> Mapping[TopicPartition, Sequence[Scanned]]:
        """What was looked through before, once for each thing that is looked for.

        It has only those partitions of which anything is known.
        """
        ...

    def note(self, found: Found) -> None:
        """Take what a leader's part of a log brought."""
        ...

    def save(self, unknown: Collection[TopicPartition]) -> None:
        """Keep what was noted of the partitions that were not known as a whole."""
        ...


class KeyMemory:
    """What is remembered of some keys, and of all keys where a topic has an index.

    Args:
        logs: of the topics that can be told from others of the same name.
    """

    def __init__(self, cache: SearchCache | None, logs: Mapping[str, Log], wanted: Wanted) -> None:
        self._keys = wanted.keys or frozenset()
        self._cache = cache if 0 < len(self._keys) <= _KEYS_MAX else None
        self._keeps = not wanted.texts
        self.logs = logs if self._cache is not None else {}
        self._stretches: dict[TopicPartition, list[Stretch]] = defaultdict(list)
        self._areas: dict[tuple[str, KeyAt], list[Area]] = defaultdict(list)

    def known(
        self, asked: Mapping[TopicPartition, Sequence[Span]]
    ) -> Mapping[TopicPartition, Sequence[Scanned]]:
        """Of each key: what its own searches found, and for the rest what the index says."""
        found: dict[TopicPartition, Sequence[Scanned]] = {}
        for topic, log in self.logs.items():
            numbers = {place.partition for place in asked if place.topic == topic}
            by_key = self._known(log, numbers)
            for number in numbers & {number for _, number in by_key}:
                each = [by_key.get((key, number), Scanned()) for key in self._keys]
                found[TopicPartition(topic, number)] = each
        return found

    def note(self, found: Found) -> None:
        """Where the keys' records lie."""
        place, span = found.place, found.span
        if place.topic not in self.logs or found.leader_epoch < 0:
            return
        self._stretches[place].append(Stretch(span.start, span.end_exclusive, found.leader_epoch))
        for record in found.records:
            extend(self._areas[place.topic, (record.key, place.partition)], record.offset)

    def save(self, unknown: Collection[TopicPartition]) -> None:
        """Remember it key by key."""
        found: dict[str, dict[KeyAt, Scanned]] = defaultdict(dict)
        for place in self._stretches.keys() & set(unknown) if self._keeps else ():
            for key in self._keys:
                at = (key, place.partition)
                areas = self._areas.get((place.topic, at), ())
                found[place.topic][at] = Scanned(tuple(self._stretches[place]), tuple(areas))
        for topic, by_key in found.items():
            if self._cache is not None:
                self._cache.remember(self.logs[topic], by_key)

    def _known(self, log: Log, numbers: Collection[int]) -> dict[KeyAt, Scanned]:
        if self._cache is None:
            return {}
        known = self._cache.known(log, self._keys)
        for at, coarser in self._cache.indexed(log, self._keys, numbers).items():
            known[at] = known.get(at, Scanned()).completed_by(coarser)
        return known
