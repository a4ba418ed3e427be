"""An index of a partition's keys: about where the records of any of them lie.

Each block of offsets has a digest of every key in it. That two keys share one costs reading a
block in vain, never a record.
"""

import struct
import zlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

import orjson
import stringzilla

from readers.raw_batches.block_keys import BLOCK_OFFSETS, BlockKeys
from readers.search_cache.scanned import Area, Scanned, Stretch

PART_OFFSETS = 128 * BLOCK_OFFSETS
"""Kept together, in 100 kB at most."""
DIGEST_BYTES = 3
_CHECKSUM_BYTES = 4
_OF_NULL = 0xFFFFFFFF
"""An empty key's checksum is 0."""
_HEAD_END = b"\n"

Blocks: TypeAlias = Mapping[int, bytes]
"""Of each block that holds a record, by its number, the digests of its keys, one behind another."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of `PART_OFFSETS` offsets.

    Attributes:
        stretches: what was looked through.
        counts: the number of each block that holds a record, and how many digests it has.
        digests: those of all blocks.
    """

    stretches: tuple[Stretch, ...]
    counts: tuple[tuple[int, int], ...]
    digests: bytes

    @property
    def blocks(self) -> Blocks:
        """The digests of each block."""
        ends = accumulate(count * DIGEST_BYTES for _, count in self.counts)
        return {
            number: self.digests[end - count * DIGEST_BYTES : end]
            for (number, count), end in zip(self.counts, ends, strict=True)
        }

    def areas(self, digest: bytes) -> Iterator[Area]:
        """The blocks in which a key of this digest may lie, ascending."""
        ends: list[int] = []
        for at in _places(self.digests, digest):
            ends = ends or list(accumulate(count for _, count in self.counts))
            number, _ = self.counts[bisect_right(ends, at)]
            yield number * BLOCK_OFFSETS, (number + 1) * BLOCK_OFFSETS

    def with_newer(self, newer: "Part") -> "Part":
        """What both know."""
        stretches = Scanned(self.stretches).with_newer(Scanned(newer.stretches)).stretches
        return _part(stretches, both_blocks(self.blocks, newer.blocks))


def digest_in_index(key: bytes | None) -> bytes:
    """What stands for a key; null and empty ones differ."""
    return _digests((key,))


def blocks_of(found: BlockKeys) -> Blocks:
    """The digests of the keys that were found."""
    return {number: _digests(keys) for number, keys in found.items()}


def both_blocks(some: Blocks, others: Blocks) -> Blocks:
    """The digests of both."""
    both = dict(some)
    for number, digests in others.items():
        known = both.get(number)
        both[number] = digests if known is None else _united(known, digests)
    return both


def parts_of(stretches: Iterable[Stretch], blocks: Blocks) -> dict[int, Part]:
    """The parts, by number, in which the stretches lie, and the blocks in them."""
    of_part: dict[int, list[Stretch]] = defaultdict(list)
    for start, end, epoch in stretches:
        for number in range(start // PART_OFFSETS, -(-end // PART_OFFSETS)):
            first, last = number * PART_OFFSETS, (number + 1) * PART_OFFSETS
            of_part[number].append(Stretch(max(start, first), min(end, last), epoch))
    blocks_in: dict[int, dict[int, bytes]] = defaultdict(dict)
    for block, digests in blocks.items():
        blocks_in[block * BLOCK_OFFSETS // PART_OFFSETS][block] = digests
    return {number: _part(tuple(each), blocks_in[number]) for number, each in of_part.items()}


def packed_part(part: Part) -> bytes:
    """A part as a row's content."""
    return orjson.dumps([list(map(list, part.stretches)), part.counts]) + _HEAD_END + part.digests


def unpacked_part(content: bytes) -> Part:
    """A part from the content of a whole row."""
    head_end = content.index(_HEAD_END)
    stretches, counts = orjson.loads(content[:head_end])
    return Part(
        tuple(Stretch(*each) for each in stretches),
        tuple((number, count) for number, count in counts),
        content[head_end + 1 :],
    )


def _part(stretches: tuple[Stretch, ...], blocks: Blocks) -> Part:
    ordered = sorted(blocks.items())
    counts = tuple((number, len(digests) // DIGEST_BYTES) for number, digests in ordered)
    return Part(stretches, counts, b"".join(digests for _, digests in ordered))


def _digests(keys: Collection[bytes | None]) -> bytes:
    """Three bytes of each key's checksum: made at once, which takes a third of one by one."""
    checksums = [_OF_NULL if key is None else zlib.crc32(key) for key in keys]
    packed = struct.pack(f"<{len(checksums)}I", *checksums)
    digests = bytearray(len(checksums) * DIGEST_BYTES)
    for at in range(DIGEST_BYTES):
        digests[at::DIGEST_BYTES] = packed[at + 1 :: _CHECKSUM_BYTES]
    return bytes(digests)


def _united(some: bytes, others: bytes) -> bytes:
    both = some + others
    return b"".join({both[at : at + DIGEST_BYTES] for at in range(0, len(both), DIGEST_BYTES)})


def _places(digests: bytes, digest: bytes) -> Iterator[int]:
    """Which of the digests are this one."""
    view, at = memoryview(digests), 0
    while (found := int(stringzilla.find(view[at:], digest))) >= 0:
        at += found
        if not at % DIGEST_BYTES:
            yield at // DIGEST_BYTES
        at += 1
