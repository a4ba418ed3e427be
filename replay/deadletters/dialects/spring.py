"""Spring Kafka: DeadLetterPublishingRecoverer, and @RetryableTopic, which leaves `dlt-` out.

Partition is a big-endian int32, offset an int64; the first occurrence of a repeated header is the
origin, since the recoverer appends its own at each hop.
"""

from readers.record import Position, Record

_FAMILIES = ("kafka_dlt-original-", "kafka_original-")
_INT32, _INT64 = 4, 8


def origin_of(letter: Record) -> Position | None:
    """Where the letter first failed; None where Spring's headers do not say it."""
    for prefix in _FAMILIES:
        topic = _first(letter, prefix + "topic")
        partition = _first(letter, prefix + "partition")
        offset = _first(letter, prefix + "offset")
        if topic is not None and partition is not None and offset is not None:
            return _position(topic, partition, offset)
    return None


def failure_of(letter: Record) -> str | None:
    """The class of the cause, or of the exception, as the headers name it."""
    for prefix in ("kafka_dlt-exception-", "kafka_exception-"):
        for name in ("cause-fqcn", "fqcn"):
            raw = _first(letter, prefix + name)
            if raw:
                return raw.decode("utf-8", "replace")
    return None


def _first(letter: Record, name: str) -> bytes | None:
    return next((value for n, value in letter.headers if n == name), None)


def _position(topic: bytes, partition: bytes, offset: bytes) -> Position | None:
    if len(partition) != _INT32 or len(offset) != _INT64:
        return None  # someone else's: read as numbers they would name a wrong place
    numbers = (int.from_bytes(raw, "big", signed=True) for raw in (partition, offset))
    try:
        position = Position(topic.decode("utf-8"), *numbers)
    except UnicodeDecodeError:
        return None
    return position if position.partition >= 0 and position.offset >= 0 else None
