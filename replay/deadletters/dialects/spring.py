"""Spring Kafka: DeadLetterPublishingRecoverer, and @RetryableTopic, which leaves `dlt-` out.

Partition is a big-endian int32, offset and time an int64. The recoverer appends its own origin at
each hop; retry topics keep the first origin and append `retry_topic-*` at each try.
"""

import re
from collections.abc import Iterator, Sequence

from readers.record import Record
from replay.deadletters.dialects import codecs
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.dialects.headers import (
    Column,
    Field,
    HeaderDialect,
    RecordTime,
    Told,
    hop_of,
    with_failures,
)

NAME = "spring"
_FAMILIES = ("kafka_dlt-", "kafka_")
_RETRY = "retry_topic-"
_ATTEMPTS = _RETRY + "attempts"
_ORIGIN = {
    "original-topic": Column(Field.TOPIC, codecs.name),
    "original-partition": Column(Field.PARTITION, codecs.int32),
    "original-offset": Column(Field.OFFSET, codecs.int64),
    "original-timestamp": Column(Field.TIMESTAMP, codecs.int64),
    "original-consumer-group": Column(Field.GROUP, codecs.text),
}
_FAILURE = {
    "exception-fqcn": Column(Field.EXCEPTION, codecs.text),
    "exception-cause-fqcn": Column(Field.CAUSE, codecs.text),
    "exception-message": Column(Field.MESSAGE, codecs.text),
    "exception-stacktrace": Column(Field.STACK, codecs.text),
}
_OF_KEY = {
    f"{family}key-{name}": column for family in _FAMILIES for name, column in _FAILURE.items()
}
_HEADERS = HeaderDialect(
    NAME,
    {
        family + name: column
        for family in _FAMILIES
        for name, column in (*_ORIGIN.items(), *_FAILURE.items())
    },
    sure=tuple(
        frozenset(f"{family}original-{name}" for name in ("topic", "partition", "offset"))
        for family in _FAMILIES
    ),
    likely=tuple(
        frozenset({family + name})
        for family in _FAMILIES
        for name in ("original-topic", "exception-fqcn", "key-exception-fqcn")
    ),
    record_time=RecordTime.FAILURE,
    prefixes=(
        *(f"{family}{kind}" for family in _FAMILIES for kind in ("original-", "exception-")),
        *(f"{family}key-exception-" for family in _FAMILIES),
        _RETRY,
        "springDeserializerException",
    ),
)
# "Listener failed; " and, before 3.3's shorter form, the method's signature; Spring 5 also names
# the cause's class.
_PREFIX = re.compile(
    r"(?:Listener failed|Listener method '.*?' threw exception); "
    r"(?:nested exception is [\w.$]+(?:: |$))?",
    re.DOTALL,
)


class Spring:
    """Letters of a recoverer and of retry topics, or of one after the other.

    The message is the cause's own where a cause is told: what the listener's adapter puts before
    it ("Listener failed; ") is the same for every failure.
    """

    name = NAME
    owns = staticmethod(_HEADERS.owns)

    def read(self, record: Record) -> Reading | None:
        """What the headers say."""
        confidence = _HEADERS.confidence(record.headers)
        if confidence is None:
            return None
        attempts = [raw for name, raw in record.headers if name == _ATTEMPTS]
        segments = _tried(record, attempts) if attempts else _HEADERS.segments(record)
        if Field.EXCEPTION not in segments[-1]:
            segments[-1] = {**segments[-1], **_key_failure(record)}
        for told in segments:
            _shorten_message(told)
        return Reading(confidence, tuple(map(hop_of, segments)), record.key)


SPRING = Spring()


def _tried(record: Record, attempts: Sequence[bytes | None]) -> list[Told]:
    """The hops where one origin was tried in retry topics, whose places are not recorded."""
    segments, failures = _HEADERS.repeated(record)
    origins = [n for n, _ in record.headers if n.endswith("original-topic") and _HEADERS.owns(n)]
    at = origins.index("kafka_original-topic") if "kafka_original-topic" in origins else 0
    at = min(at, len(segments) - 1)
    tries = _tries(segments[at], attempts)
    return with_failures([*segments[:at], *tries, *segments[at + 1 :]], failures)


def _tries(origin: Told, attempts: Sequence[bytes | None]) -> Iterator[Told]:
    """One for each number that was written; the number is the next try's.

    The last carries the time of failure. Where only the last number was kept, the tries between
    are not made up.
    """
    done = [None if raw is None else codecs.bigint(raw) for raw in attempts]
    counts = [None if number is None else number - 1 for number in done]
    if len(counts) == 1 and (counts[0] or 0) > 1:
        counts = [None, *counts]
    for n, count in enumerate(counts):
        told: Told = dict(origin) if n == 0 else {Field.GROUP: origin.get(Field.GROUP)}
        told.pop(Field.FAILED_AT, None)
        told[Field.ATTEMPTS] = count
        if n == len(counts) - 1 and Field.FAILED_AT in origin:
            told[Field.FAILED_AT] = origin[Field.FAILED_AT]
        yield told


def _key_failure(record: Record) -> Told:
    """Why the key could not be read, which is written apart from the value's failure."""
    return {
        _OF_KEY[name].field: _OF_KEY[name].codec(raw)
        for name, raw in record.headers
        if name in _OF_KEY and raw is not None
    }


def _shorten_message(told: Told) -> None:
    message = told.get(Field.MESSAGE)
    if isinstance(message, str) and told.get(Field.CAUSE):
        told[Field.MESSAGE] = _PREFIX.sub("", message, count=1) or None
