"""What `kcat -J` wrote into a file, as a source: `kstory -s kcat:dump.jsonl`.

kcat replaces bytes that are no UTF-8, so what such a file holds is text. It is read once, when it
is opened; a file that is larger than memory is better imported into a recording.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from readers.errors import SourceRefused
from readers.record import Header, Position, Record, Span, TimestampType, TopicPartition
from readers.source import Batch, Connection, ConnectionState, PartitionBounds, TopicInfo

_BATCH = 1_000
_IDLE_S = 0.2
_TYPES = {"create": TimestampType.CREATE, "logappend": TimestampType.APPEND}


class KcatFile:
    """A `Source`; the entry point's object is called with what follows `kcat:`."""

    def __init__(self, address: str) -> None:
        self._path = Path(address)
        self._opened_s = time.monotonic()
        self._logs: dict[TopicPartition, list[Record]] = {}
        for record in _records(self._path):
            self._logs.setdefault(record.position.topic_partition, []).append(record)

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self._path)

    @property
    def cluster_id(self) -> str:
        """The file itself: kcat does not write which cluster it read."""
        return f"kcat:{self._path.resolve()}"

    def topics(self, names: Collection[str] | None = None) -> tuple[TopicInfo, ...]:
        """Those that have a record in the file."""
        found = sorted({place.topic for place in self._logs})
        return tuple(self._info(topic) for topic in found if names is None or topic in names)

    def offsets_at(
        self, time_ms: int, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int]:
        """The first offset with this time or a later one; the end where there is none."""

        def first(place: TopicPartition) -> int:
            log = self._log(place)
            later = (r.offset for r in log if (r.timestamp_ms or 0) >= time_ms)
            return next(later, log[-1].offset + 1)

        return {place: first(place) for place in partitions}

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        """What the file has of the spans."""
        for span in spans:
            place = span.topic_partition
            log = self._log(place)
            found = [r for r in log if span.start <= r.offset < span.end_exclusive]
            for start in range(0, len(found), _BATCH):
                part = found[start : start + _BATCH]
                yield Batch(tuple(part), {place: part[-1].offset + 1})
            yield Batch(reached={place: span.end_exclusive})

    def follow(self, starts: Sequence[Position]) -> Iterator[Batch]:
        """What is there from the positions on; nothing comes after it."""
        ends = {start: self._log(start.topic_partition)[-1].offset + 1 for start in starts}
        yield from self.read(
            [Span(s.topic, s.partition, s.offset, max(s.offset, end)) for s, end in ends.items()]
        )
        while True:
            time.sleep(_IDLE_S)
            yield Batch()

    def connection(self) -> Connection:
        """A file does not go away."""
        return Connection(ConnectionState.LIVE, self._opened_s)

    def close(self) -> None:
        """Let go of the records."""
        self._logs = {}

    def _log(self, place: TopicPartition) -> list[Record]:
        if place not in self._logs:
            raise SourceRefused(f"{self.name} has no record of {place}.")
        return self._logs[place]

    def _info(self, topic: str) -> TopicInfo:
        logs = {p.partition: log for p, log in sorted(self._logs.items()) if p.topic == topic}
        stamps = [r.timestamp_ms for log in logs.values() for r in log if r.timestamp_ms]
        bounds = tuple(
            PartitionBounds(number, log[0].offset, log[-1].offset + 1, log[-1].offset + 1)
            for number, log in logs.items()
        )
        return TopicInfo(topic, bounds, last_write_ms=max(stamps, default=None))


def _records(path: Path) -> list[Record]:
    """The file's records, by partition and offset."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise SourceRefused(f"{path} cannot be read: {error.strerror}.") from error
    records = []
    for number, line in enumerate(lines, 1):
        try:
            records.append(_record(orjson.loads(line)))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise SourceRefused(f"{path}:{number}: is no record as `kcat -J` writes it.") from error
    return sorted(records, key=lambda record: record[:3])


def _record(said: dict[str, Any]) -> Record:
    names, values = said.get("headers", [])[::2], said.get("headers", [])[1::2]
    headers: tuple[Header, ...] = tuple(zip(names, map(_bytes, values), strict=True))
    return Record(
        said["topic"],
        said["partition"],
        said["offset"],
        said.get("ts"),
        _TYPES.get(said.get("tstype", "")),
        _bytes(said.get("key")),
        _bytes(said.get("payload")),
        headers,
    )


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
