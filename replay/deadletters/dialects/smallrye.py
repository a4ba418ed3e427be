"""SmallRye and Quarkus: dead-letter topics, delayed retries, and values that could not be read.

Each hop's headers are written before the copied older ones, so the last occurrence is the oldest.
Only `delayed-retry-count` is added at the end, a number each time it is delivered again.
"""

from readers.record import Record
from replay.deadletters.dialects import header_codecs
from replay.deadletters.dialects.columns import (
    CAUSE,
    EXCEPTION,
    MESSAGE,
    OFFSET,
    PARTITION,
    TOPIC,
    all_of,
)
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.dialects.headers import (
    Column,
    Field,
    HeaderDialect,
    RecordTime,
    Repeats,
    Told,
    hop_of,
)

_RETRY = "delayed-retry-"
_COUNT = _RETRY + "count"
_FIRST_TIME = _RETRY + "original-timestamp"
_UNREAD = "deserialization-failure-"
_PARTS = {
    "topic": TOPIC,
    "partition": PARTITION,
    "offset": OFFSET,
    "exception-class-name": EXCEPTION,
    "cause-class-name": CAUSE,
    "reason": MESSAGE,
}
_HEADERS = HeaderDialect(
    "smallrye",
    {
        prefix + part: column
        for prefix in ("dead-letter-", _RETRY)
        for part, column in _PARTS.items()
    },
    sure=(
        all_of("dead-letter-reason", "dead-letter-topic", "dead-letter-offset"),
        all_of(_RETRY + "topic", _RETRY + "offset"),
    ),
    likely=(
        all_of("dead-letter-reason"),
        all_of(_UNREAD + "reason"),
        all_of(_UNREAD + "dlq"),
        all_of(_UNREAD + "topic"),
        all_of(_COUNT),
    ),
    repeats=Repeats.PREPENDED,
    record_time=RecordTime.FAILURE,
    others=all_of("dead-letter-cause"),
    prefixes=(_UNREAD, _RETRY),
)
_OF_UNREAD = {
    _UNREAD + "reason": Column(Field.MESSAGE, header_codecs.text),
    _UNREAD + "topic": TOPIC,
}


class SmallRye:
    """Letters of both failure strategies; the message is the reason's, not its cause's."""

    name = _HEADERS.name
    owns = staticmethod(_HEADERS.owns)

    def read(self, record: Record) -> Reading | None:
        """What the headers say."""
        layout = _HEADERS.layout(record.headers)
        if layout.confidence is None:
            return None
        segments = _HEADERS.segments(record, layout)
        _add_tries(segments, record)
        for name, raw in record.headers:
            column = _OF_UNREAD.get(name)
            if column is not None and raw is not None:
                segments[0].setdefault(column.field, column.codec(raw))
        return Reading(layout.confidence, tuple(map(hop_of, segments)), record.key)


def _add_tries(segments: list[Told], record: Record) -> None:
    """What the retry headers tell that are not written at each hop."""
    counts = [raw for name, raw in record.headers if name == _COUNT]
    for told, raw in zip(reversed(segments), reversed(counts), strict=False):
        told[Field.ATTEMPTS] = None if raw is None else header_codecs.retries(raw)
    for name, raw in record.headers:
        if name == _FIRST_TIME and raw is not None:
            segments[0].setdefault(Field.TIMESTAMP, header_codecs.decimal(raw))


SMALLRYE = SmallRye()
