"""Record batches made byte by byte, and a broker that sends them from memory.

Written from Kafka's message format 2, so that the reader is not tested with itself; only the
encoding of the records is aiokafka's.
"""

import asyncio
import gzip
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import cramjam
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from readers.raw_batches.connection import Address, ConnectionLost, Fetched
from readers.raw_batches.epochs import Claim, EpochEnds
from readers.record import Header, Record, TimestampType, TopicPartition

HERE = TopicPartition("orders", 0)
AT = Address("127.0.0.1", 9092)
NOW_MS = 1_795_435_200_000
_HEADER = struct.Struct(">qiibIhiqqqhii")
_GZIP, _SNAPPY, _LZ4, _ZSTD = 1, 2, 3, 4
CODECS = ("none", "gzip", "snappy", "snappy by Java", "lz4", "zstd")


def record(
    n: int = 0,
    *,
    key: bytes | None = b"order-1",
    value: bytes | None = b"{}",
    headers: tuple[Header, ...] = (),
    timestamp_ms: int | None = NOW_MS,
) -> Record:
    kind = None if timestamp_ms is None else TimestampType.CREATE
    return Record(*HERE, n, timestamp_ms, kind, key, value, headers)


def batch(
    *records: Record,
    codec: str = "none",
    next_offset: int | None = None,
    producer_id: int = -1,
    is_transactional: bool = False,
    is_control: bool = False,
    appended_ms: int | None = None,
    epoch: int = 0,
) -> bytes:
    """A batch of records at their own offsets, which ascend; it may be without any."""
    base = records[0].offset if records else (next_offset or 1) - 1
    made = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 30)
    for each in records:
        at_ms = -1 if each.timestamp_ms is None else each.timestamp_ms
        made.append(each.offset - base, at_ms, each.key, each.value, list(each.headers))
    built = bytes(made.build())
    fields = list(_HEADER.unpack_from(built))
    number, body = _packed(codec, built[_HEADER.size :])
    last = records[-1].offset + 1 if next_offset is None else next_offset
    fields[0], fields[2], fields[6], fields[9] = base, epoch, last - 1 - base, producer_id
    fields[5] = number | 0x10 * is_transactional | 0x20 * is_control
    if appended_ms is not None:
        fields[5] |= 0x08
        fields[8] = appended_ms
    return sealed(fields, body)


def sealed(fields: list[int], body: bytes) -> bytes:
    """Header and body with the length and the checksum they need."""
    fields[1] = _HEADER.size - 12 + len(body)
    checked = _HEADER.pack(*fields)[21:] + body
    fields[4] = calc_crc32c(checked)
    return _HEADER.pack(*fields) + body


def marker(offset: int, producer_id: int, *, commit: bool) -> bytes:
    """The control batch that ends a transaction."""
    key = struct.pack(">HH", 0, int(commit))
    ending = record(offset, key=key, value=struct.pack(">HI", 0, 0))
    return batch(ending, producer_id=producer_id, is_transactional=True, is_control=True)


def _packed(codec: str, body: bytes) -> tuple[int, bytes]:
    match codec:
        case "gzip":
            return _GZIP, gzip.compress(body)
        case "snappy":
            return _SNAPPY, bytes(cramjam.snappy.compress_raw(body))
        case "snappy by Java":
            return _SNAPPY, _xerial(body)
        case "lz4":
            return _LZ4, bytes(cramjam.lz4.compress(body))
        case "zstd":
            return _ZSTD, bytes(cramjam.zstd.compress(body))
    return 0, body


def _xerial(body: bytes, block: int = 32) -> bytes:
    packed = [b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1)]
    for at in range(0, len(body), block):
        part = bytes(cramjam.snappy.compress_raw(body[at : at + block]))
        packed += [len(part).to_bytes(4, "big"), part]
    return b"".join(packed)


@dataclass
class Log:
    """What a broker holds of a partition.

    Attributes:
        stable_end: None is the end of the last batch.
        errors: codes that the next fetches get, in order; 0 is none.
    """

    batches: Sequence[bytes]
    start: int = 0
    stable_end: int | None = None
    aborted: Sequence[tuple[int, int]] = ()
    errors: list[int] = field(default_factory=list)

    @property
    def end(self) -> int:
        return max(map(_next_offset, self.batches), default=self.start)

    def epoch_end(self, epoch: int) -> int | None:
        """Where an epoch that wrote something ends: where the next one begins."""
        written = [_HEADER.unpack_from(each) for each in self.batches]
        if epoch not in {fields[2] for fields in written}:
            return None
        return min((fields[0] for fields in written if fields[2] > epoch), default=self.end)

    def fetched(self, offset: int, max_bytes: int) -> Fetched:
        """Whole batches, the last one cut off, as brokers send them."""
        code = self.errors.pop(0) if self.errors else 0
        end = self.end if self.stable_end is None else self.stable_end
        if not code and not self.start <= offset <= self.end:
            code = 1
        if code:
            return Fetched(code, (), b"")
        data = b"".join(each for each in self.batches if offset < _next_offset(each) <= end)
        return Fetched(0, self.aborted, _cut(data, max_bytes))


def _next_offset(data: bytes) -> int:
    fields = _HEADER.unpack_from(data)
    return int(fields[0] + fields[6] + 1)


def _cut(data: bytes, max_bytes: int) -> bytes:
    if not data:
        return data
    first = 12 + int.from_bytes(data[8:12], "big")
    return data[: max(first, max_bytes)]


class FakeConnection:
    """A connection to a broker in memory.

    Attributes:
        asked: the place, offset and size of each fetch, over all connections of its cluster.
    """

    def __init__(self, cluster: "FakeCluster") -> None:
        self._cluster = cluster
        self._is_lost = False

    async def open(self, address: Address, timeout_s: float) -> None:
        self._cluster.opened += 1
        if self._cluster.failures:
            raise self._cluster.failures.pop(0)

    async def fetch(self, place: TopicPartition, offset: int, max_bytes: int) -> Fetched:
        await asyncio.sleep(0)
        self._cluster.asked.append((place, offset, max_bytes))
        if self._cluster.before_fetch is not None:
            self._cluster.before_fetch(len(self._cluster.asked))
        if self._cluster.hangs:
            await asyncio.sleep(3600)
        if self._cluster.loses_after == len(self._cluster.asked) - 1:
            self._is_lost = True
        if self._is_lost:
            raise ConnectionLost("gone")
        return self._cluster.logs[place].fetched(offset, max_bytes)

    async def fetch_each(
        self, offsets: Mapping[TopicPartition, int], max_bytes: int, max_bytes_each: int
    ) -> dict[TopicPartition, Fetched]:
        return {
            place: await self.fetch(place, offset, max_bytes_each)
            for place, offset in offsets.items()
        }

    async def epoch_ends(
        self, claims: Mapping[TopicPartition, Sequence[Claim]]
    ) -> Mapping[TopicPartition, EpochEnds]:
        self._cluster.claimed.append(dict(claims))
        if self._is_lost:
            raise ConnectionLost("gone")
        return {
            place: {epoch: end for epoch, _ in each if (end := self._epoch_end(place, epoch))}
            for place, each in claims.items()
        }

    def _epoch_end(self, place: TopicPartition, epoch: int) -> int | None:
        return self._cluster.logs[place].epoch_end(epoch) if self._cluster.tells_epochs else None

    async def close(self) -> None:
        self._cluster.closed += 1


@dataclass
class FakeCluster:
    """Partitions in memory, and what goes wrong with them.

    Attributes:
        failures: raised by the next openings, one each.
        loses_after: fetches that are answered before a connection breaks; None is never.
        before_fetch: called with the number of the fetch, from 1 on.
        tells_epochs: whether it answers how far epochs reach.
        claimed: what was asked of that.
    """

    logs: dict[TopicPartition, Log]
    failures: list[Exception] = field(default_factory=list)
    hangs: bool = False
    loses_after: int | None = None
    before_fetch: Callable[[int], None] | None = None
    tells_epochs: bool = True
    claimed: list[dict[TopicPartition, Sequence[Claim]]] = field(default_factory=list)
    asked: list[tuple[TopicPartition, int, int]] = field(default_factory=list)
    opened: int = 0
    closed: int = 0

    def connect(self, *_: object) -> FakeConnection:
        return FakeConnection(self)
