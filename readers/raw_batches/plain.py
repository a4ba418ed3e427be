"""A batch's bytes as if it had never been compressed, in a place that is used again and again."""

import threading
from collections.abc import Callable, Mapping

import cramjam

from readers.raw_batches.batch import HEADER_BYTES, BatchHead, Unreadable

MAX_PLAIN_BYTES = 100_000_000
"""As large as a batch may become: what the Kafka client takes as well, if not told otherwise."""
_FIRST_BYTES = 1_000_000
_GROWTH = 4
_CODEC_AT, _CODEC = 22, 0x07
_XERIAL = b"\x82SNAPPY\x00"
_XERIAL_HEADER_BYTES = 16
_LENGTH_BYTES = 4


class Plain:
    """Decompresses batches, each over the one before; a thread's own."""

    def __init__(self) -> None:
        self._room = bytearray(_FIRST_BYTES)

    def batch(self, data: memoryview, head: BatchHead) -> memoryview:
        """The whole batch; one that was compressed lies here only until the next one is asked for.

        Raises:
            Unreadable: it cannot be decompressed, or becomes too large.
        """
        if not head.codec:
            return data[head.start : head.end_exclusive]
        size = self._decompressed(data[head.start + HEADER_BYTES : head.end_exclusive], head.codec)
        whole = memoryview(self._room)[: HEADER_BYTES + size]
        whole[:HEADER_BYTES] = data[head.start : head.start + HEADER_BYTES]
        whole[_CODEC_AT] &= ~_CODEC & 0xFF
        return whole

    def _decompressed(self, packed: memoryview, codec: int) -> int:
        """How many bytes it became, behind the room for a header."""
        unpack = _UNPACK.get(codec)
        if unpack is None:
            raise Unreadable(f"compression codec {codec}")
        while True:
            try:
                return unpack(packed, memoryview(self._room)[HEADER_BYTES:])
            except (cramjam.DecompressionError, ValueError) as error:
                # That the room was too small is an error like any other.
                if len(self._room) >= MAX_PLAIN_BYTES:
                    raise Unreadable(f"it cannot be decompressed: {error}") from error
            self._room = bytearray(min(len(self._room) * _GROWTH, MAX_PLAIN_BYTES))


class PlainOfThread(threading.local):
    """One for each thread that asks."""

    def __init__(self) -> None:
        self.plain = Plain()


def _snappy(packed: memoryview, room: memoryview) -> int:
    """Snappy as Java writes it, in blocks behind a header, or as librdkafka does, in one."""
    if packed[: len(_XERIAL)] != _XERIAL:
        return int(cramjam.snappy.decompress_raw_into(packed, room))
    at, size = _XERIAL_HEADER_BYTES, 0
    while at < len(packed):
        begin = at + _LENGTH_BYTES
        at = begin + int.from_bytes(packed[at:begin], "big")
        size += int(cramjam.snappy.decompress_raw_into(packed[begin:at], room[size:]))
    return size


_UNPACK: Mapping[int, Callable[[memoryview, memoryview], int]] = {
    1: cramjam.gzip.decompress_into,
    2: _snappy,
    3: cramjam.lz4.decompress_into,
    4: cramjam.zstd.decompress_into,
}
