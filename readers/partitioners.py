"""Which partition a key lies in, as the clients that write it decide; nothing else is known of it.

Kafka's murmur2 is its own code here: what is living among Python's murmur libraries is murmur3.
"""

from zlib import crc32

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995
_R = 24
_SEED = 0x9747B28C


def murmur2(data: bytes) -> int:
    """Kafka's hash of these bytes, as Java's signed 32-bit integer.

    From `org.apache.kafka.common.utils.Utils.murmur2`.
    """
    length = len(data)
    whole = length & ~3
    h = _SEED ^ length
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * _M & _MASK
        k = (k ^ k >> _R) * _M & _MASK
        h = h * _M & _MASK ^ k
    if whole < length:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    h ^= h >> 15
    return h - (1 << 32) if h >> 31 else h


def java_partition(key: bytes, partition_count: int) -> int:
    """Where Java's producer puts a record with this key (`BuiltInPartitioner`)."""
    return (murmur2(key) & 0x7FFFFFFF) % partition_count


def librdkafka_partition(key: bytes, partition_count: int) -> int:
    """Where librdkafka's `consistent` puts it, the base of its default `consistent_random`."""
    return crc32(key) % partition_count


def partitions_of(key: bytes | None, partition_count: int) -> tuple[int, ...]:
    """The partitions this key is in by the usual partitioners: the likely first, each once.

    Empty where that cannot be said: a null key goes anywhere. An empty one is put at random by
    librdkafka's default and by the hash by Java, so the hash's partition is still likely. Writers
    with a partitioner of their own put keys elsewhere.
    """
    if key is None or partition_count < 1:
        return ()
    found = (java_partition(key, partition_count), librdkafka_partition(key, partition_count))
    return tuple(dict.fromkeys(found))
