"""The index of topics' keys, while it is built: kept as it grows, so that a stop loses nothing."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from readers.errors import UsageError
from readers.raw_batches.step import Found
from readers.record import Span, TopicPartition
from readers.search_cache.cache import SearchCache
from readers.search_cache.index_rows import PartAt
from readers.search_cache.key_index import Blocks, Part, blocks_of, both_blocks, parts_of
from readers.search_cache.rows import Log
from readers.search_cache.scanned import Scanned, Stretch

_HELD_BYTES = 8_000_000
"""Of what is not in the file yet: to write it takes a tenth of a second (measured)."""
_BLOCK_BYTES = 100
"""What a block takes in memory besides its digests."""
_TRIES = 10
"""Each waits half a second for another process that writes."""


class IndexMemory:
    """What is in the index, and what is to be added to it.

    Args:
        logs: of the topics that are indexed.
    """

    def __init__(self, cache: SearchCache, logs: Mapping[str, Log]) -> None:
        self.logs = logs
        self._cache = cache
        self._stretches: dict[TopicPartition, Scanned] = {}
        self._blocks: dict[TopicPartition, Blocks] = defaultdict(dict)
        self._held_bytes = 0

    def known(
        self, asked: Mapping[TopicPartition, Sequence[Span]]
    ) -> Mapping[TopicPartition, Sequence[Scanned]]:
        """What is in the index already; what it has of offsets before those is let go."""
        known: dict[TopicPartition, Sequence[Scanned]] = {}
        for topic, log in self.logs.items():
            starts = _starts(topic, asked)
            self._cache.drop_from_index(log, starts)
            for number, stretches in self._cache.index(log, starts).items():
                known[TopicPartition(topic, number)] = (Scanned(stretches),)
        return known

    def note(self, found: Found) -> None:
        """Take the keys of all records of a part of a log.

        Raises:
            UsageError: the file cannot be written.
        """
        place, span = found.place, found.span
        if place.topic not in self.logs or found.leader_epoch < 0:
            return
        stretch = Stretch(span.start, span.end_exclusive, found.leader_epoch)
        known = self._stretches.get(place, Scanned())
        self._stretches[place] = known.with_newer(Scanned((stretch,)))
        blocks = blocks_of(found.keys)
        self._blocks[place] = both_blocks(self._blocks[place], blocks)
        self._held_bytes += sum(map(len, blocks.values())) + len(blocks) * _BLOCK_BYTES
        if self._held_bytes > _HELD_BYTES:
            self.save(())

    def save(self, unknown: Collection[TopicPartition]) -> None:
        """Write all that is not in the file yet.

        Raises:
            UsageError: it cannot be written.
        """
        parts: dict[str, dict[PartAt, Part]] = defaultdict(dict)
        for place, scanned in self._stretches.items():
            for number, part in parts_of(scanned.stretches, self._blocks[place]).items():
                parts[place.topic][place.partition, number] = part
        for topic, each in parts.items():
            if not any(self._cache.add_to_index(self.logs[topic], each) for _ in range(_TRIES)):
                raise UsageError(
                    f"{self._cache.path} cannot be written, so nothing can be indexed; make room "
                    "on its disk, or permit it."
                )
        self._stretches.clear()
        self._blocks.clear()
        self._held_bytes = 0


def _starts(topic: str, asked: Mapping[TopicPartition, Sequence[Span]]) -> dict[int, int]:
    return {
        place.partition: min(span.start for span in spans)
        for place, spans in asked.items()
        if place.topic == topic
    }
