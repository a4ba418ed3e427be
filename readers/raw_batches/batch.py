"""One record batch: its header, its checksum, and its records when they are asked for.

The format is Kafka's message format 2. The parser of records is aiokafka's.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import google_crc32c
from aiokafka.record.default_records import DefaultRecordBatch

from readers.record import Record, Span, TimestampType, TopicPartition

_HEADER = struct.Struct(">qiibIhiqqqhii")
HEADER_BYTES = _HEADER.size
_LENGTH = struct.Struct(">qi")
_MAGIC_AT = 16
_CHECKED_FROM = 21
"""The checksum covers what comes after it."""
_CODEC, _TRANSACTIONAL, _CONTROL = 0x07, 0x10, 0x20
_NO_TIMESTAMP_MS = -1
_TYPES = (TimestampType.CREATE, TimestampType.APPEND)


class Unreadable(Exception):
    """These bytes are not what this reader knows; the Kafka client may know better."""


class BatchHead(NamedTuple):
    """A batch's header, and where it lies in the bytes of its response.

    Attributes:
        start, end_exclusive: in the response.
        base_offset, next_offset: the offsets it covers; compaction may have removed some.
        record_count: the records in it.
        codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
        leader_epoch: which of the partition's leaders wrote it; -1 where none is told.
    """

    start: int
    end_exclusive: int
    base_offset: int
    next_offset: int
    record_count: int
    codec: int
    is_transactional: bool
    is_control: bool
    producer_id: int
    max_timestamp_ms: int
    checksum: int
    leader_epoch: int


def heads(data: bytes) -> Iterator[BatchHead]:
    """The headers of the whole batches in a response; what is cut off at its end is left out.

    Raises:
        Unreadable: a batch is of an older format, or its header makes no sense.
    """
    at = 0
    while len(data) - at > _MAGIC_AT:
        _, length = _LENGTH.unpack_from(data, at)
        if data[at + _MAGIC_AT] != 2:
            raise Unreadable(f"message format {data[at + _MAGIC_AT]}")
        end = at + _LENGTH.size + length
        if end > len(data):
            return
        if end - at < _HEADER.size:
            raise Unreadable("a batch shorter than its header")
        (
            base, _, epoch, _, checksum, attributes, last_delta, _, newest_ms, producer,
            _, _, count,
        ) = _HEADER.unpack_from(data, at)  # fmt: skip
        yield BatchHead(
            at, end, base, base + last_delta + 1, count, attributes & _CODEC,
            bool(attributes & _TRANSACTIONAL), bool(attributes & _CONTROL), producer, newest_ms,
            checksum, epoch,
        )  # fmt: skip
        at = end


def check(data: memoryview, head: BatchHead) -> None:
    """See that the batch arrived as it was written.

    Raises:
        Unreadable: it did not.
    """
    covered = bytes(data[head.start + _CHECKED_FROM : head.end_exclusive])
    if google_crc32c.value(covered) != head.checksum:
        raise Unreadable("its checksum is wrong")


def add_keys(
    plain: memoryview, span: Span, blocks: defaultdict[int, set[bytes | None]], block_offsets: int
) -> None:
    """Add the keys in a batch that is not compressed, within the span, to their blocks.

    It takes a third of making records of them.

    Raises:
        Unreadable: they cannot be parsed.
    """
    start, end = span.start, span.end_exclusive
    try:
        for found in DefaultRecordBatch(plain):
            if start <= (offset := found.offset) < end:
                blocks[offset // block_offsets].add(found.key)
    except MemoryError:
        raise
    except Exception as error:  # the parser raises errors of many kinds
        raise Unreadable(f"its records cannot be parsed: {error}") from error


def records(
    plain: memoryview, place: TopicPartition, keys: frozenset[bytes | None] | None = None
) -> list[Record]:
    """The records of a batch that is not compressed, all or those with one of these keys.

    Raises:
        Unreadable: they cannot be parsed, or a header's name is not UTF-8.
    """
    topic, partition = place
    try:
        batch = DefaultRecordBatch(plain)
        timestamp_type = _TYPES[batch.timestamp_type]
        return [
            # Record(…) does the same in Python code, and takes three times as long.
            tuple.__new__(
                Record,
                (
                    topic,
                    partition,
                    found.offset,
                    None if (at_ms := found.timestamp) == _NO_TIMESTAMP_MS else at_ms,
                    None if at_ms == _NO_TIMESTAMP_MS else timestamp_type,
                    found.key,
                    found.value,
                    tuple(found.headers),
                ),
            )
            for found in batch
            if keys is None or found.key in keys
        ]
    except MemoryError:
        raise
    except Exception as error:  # the parser raises errors of many kinds
        raise Unreadable(f"its records cannot be parsed: {error}") from error
