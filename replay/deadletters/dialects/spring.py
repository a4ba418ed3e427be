"""Spring Kafka: DeadLetterPublishingRecoverer, and @RetryableTopic, which leaves `dlt-` out.

Partition is a big-endian int32, offset and time an int64. The recoverer appends its own origin at
each hop; retry topics keep the first origin and append `retry_topic-*` at each try.
"""

import re
from collections.abc import Sequence
from types import MappingProxyType

from readers.record import Record
from replay.deadletters.dialects import header_codecs
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.dialects.headers import (
    OF_FAILURE,
    Column,
    Field,
    HeaderDialect,
    Layout,
    RecordTime,
    Told,
    hop_of,
    with_failures,
)

NAME = "spring"
_FAMILIES = ("kafka_dlt-", "kafka_")
_TOPICS = tuple(f"{family}original-topic" for family in _FAMILIES)
_RETRY = "retry_topic-"
_ATTEMPTS = _RETRY + "attempts"
_OF_RETRY = (_ATTEMPTS, _RETRY + "original-timestamp", _RETRY + "backoff-timestamp")
_UNREAD = "springDeserializerException"
_OF_LAST = (*OF_FAILURE, Field.FAILED_AT)
_ORIGIN = {
    "original-topic": Column(Field.TOPIC, header_codecs.name),
    "original-partition": Column(Field.PARTITION, header_codecs.int32),
    "original-offset": Column(Field.OFFSET, header_codecs.int64),
    "original-timestamp": Column(Field.TIMESTAMP, header_codecs.int64),
    "original-consumer-group": Column(Field.GROUP, header_codecs.name),
}
_FAILURE = {
    "exception-fqcn": Column(Field.EXCEPTION, header_codecs.text),
    "exception-cause-fqcn": Column(Field.CAUSE, header_codecs.text),
    "exception-message": Column(Field.MESSAGE, header_codecs.text),
    "exception-stacktrace": Column(Field.STACK, header_codecs.text),
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
    likely=(
        *(
            frozenset({family + name})
            for family in _FAMILIES
            for name in ("original-topic", "exception-fqcn", "key-exception-fqcn")
        ),
        frozenset({_ATTEMPTS}),
        frozenset({_UNREAD + "Key"}),
        frozenset({_UNREAD + "Value"}),
    ),
    record_time=RecordTime.FAILURE,
    failures_apart=True,
    prefixes=(
        *(f"{family}{kind}" for family in _FAMILIES for kind in ("original-", "exception-")),
        *(f"{family}key-exception-" for family in _FAMILIES),
        _RETRY,
        _UNREAD,
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
    numbers = MappingProxyType(
        {**_HEADERS.numbers, **dict.fromkeys(_OF_RETRY, header_codecs.bigint)}
    )

    def read(self, record: Record) -> Reading | None:
        """What the headers say."""
        layout = _HEADERS.layout(record.headers)
        if layout.confidence is None:
            return None
        if _ATTEMPTS in layout.names:
            segments = _tried(record, layout)
        else:
            segments = _HEADERS.segments(record, layout)
        if Field.EXCEPTION not in segments[-1]:
            segments[-1] = {**segments[-1], **_key_failure(record)}
        for told in segments:
            _shorten_message(told)
        return Reading(layout.confidence, tuple(map(hop_of, segments)), record.key)


SPRING = Spring()


def _tried(record: Record, layout: Layout) -> list[Told]:
    """The hops where one origin was tried in retry topics, whose places are not recorded."""
    counts = _counts([raw for name, raw in record.headers if name == _ATTEMPTS])
    told = _HEADERS.single(record, layout)
    if told is not None:
        return _tries(told, counts)
    segments, failures = _HEADERS.repeated(record)
    origins = [n for n, _ in record.headers if n in _TOPICS]
    at = min(origins.index(_TOPICS[-1]) if _TOPICS[-1] in origins else 0, len(segments) - 1)
    segments[at : at + 1] = _tries(segments[at], counts)
    return with_failures(segments, failures)


def _counts(attempts: Sequence[bytes | None]) -> list[int | None]:
    """How often it had been tried at each hop; what is written is the next try's number.

    Where only the last number was kept, the tries between the first and it are not made up.
    """
    numbers = [None if raw is None else header_codecs.bigint(raw) for raw in attempts]
    counts = [number - 1 if number else None for number in numbers]
    return [None, *counts] if len(counts) == 1 and (counts[0] or 0) > 1 else counts


def _tries(told: Told, counts: Sequence[int | None]) -> list[Told]:
    """A hop for each count: the first has the origin, and the last the failure."""
    last = {field: told.pop(field) for field in _OF_LAST if field in told}
    group = {Field.GROUP: told[Field.GROUP]} if Field.GROUP in told else {}
    hops: list[Told] = [{**group, Field.ATTEMPTS: count} for count in counts]
    hops[0].update(told)
    hops[-1].update(last)
    return hops


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
