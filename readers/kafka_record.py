"""A client's message as a record, byte for byte; also where the client's own code fails."""

from operator import methodcaller
from typing import Any

from confluent_kafka import (
    TIMESTAMP_CREATE_TIME,
    TIMESTAMP_LOG_APPEND_TIME,
    TIMESTAMP_NOT_AVAILABLE,
)

from readers.record import Header, Record, TimestampType

_TYPES = {
    TIMESTAMP_NOT_AVAILABLE: None,
    TIMESTAMP_CREATE_TIME: TimestampType.CREATE,
    TIMESTAMP_LOG_APPEND_TIME: TimestampType.APPEND,
}
_NO_TIMESTAMP_MS = -1
"""What the protocol writes where a record has no timestamp."""


def record_of(message: Any, topic: str, partition: int) -> Record:
    """The record as it lies in Kafka."""
    kind, timestamp_ms = message.timestamp()
    timestamp_type = None if timestamp_ms == _NO_TIMESTAMP_MS else _TYPES[kind]
    return Record(
        topic,
        partition,
        message.offset(),
        None if timestamp_type is None else timestamp_ms,
        timestamp_type,
        message.key(),
        message.value(),
        _headers(message),
    )


# Called through C code: for a name that is not UTF-8 the client (confluent-kafka 2.16) returns a
# result with an error pending. C code turns that into a SystemError at once; the interpreter's own
# fast path for methods does not look, and the error comes up at some later, unrelated line.
_headers_of = methodcaller("headers")


def _headers(message: Any) -> tuple[Header, ...]:
    try:
        return tuple(_headers_of(message) or ())
    except (SystemError, UnicodeDecodeError) as error:
        return _headers_with_bad_names(message, error)


def _headers_with_bad_names(message: Any, error: Exception) -> tuple[Header, ...]:
    """Headers of which a name is not UTF-8: it is shown with replacement characters.

    Asked again, the client gives the pairs with nothing at all, not even None, in the place of
    such a name. To touch that place ends the process; to print the pair does not.
    """
    cause: BaseException | None = error
    while not isinstance(cause, UnicodeDecodeError):
        if cause is None:
            raise error
        cause = cause.__cause__
    pairs = _headers_of(message)
    bad = [repr(pair).startswith("(<NULL>,") for pair in pairs]
    readable = cause.object.decode("utf-8", "replace") if sum(bad) == 1 else "\ufffd"
    return tuple(
        (readable if is_bad else pair[0], pair[1]) for pair, is_bad in zip(pairs, bad, strict=True)
    )
