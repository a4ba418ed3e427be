"""Wolverine: dead letters, and records in its retry topics, which keep only the source's name."""

from readers.record import Record
from replay.deadletters.dialects import header_codecs
from replay.deadletters.dialects.columns import (
    ATTEMPTS,
    EXCEPTION,
    MESSAGE,
    OFFSET,
    PARTITION,
    STACK,
    TOPIC,
    all_of,
)
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.dialects.headers import Column, Field, HeaderDialect, Repeats, hop_of
from replay.deadletters.letter import Hop, Origin

_LETTER = HeaderDialect(
    "wolverine",
    {
        "original-destination": Column(Field.TOPIC, header_codecs.uri_topic),
        "original-partition": PARTITION,
        "original-offset": OFFSET,
        "exception-type": EXCEPTION,
        "exception-message": MESSAGE,
        "exception-stack": STACK,
        "failed-at": Column(Field.FAILED_AT, header_codecs.decimal),
        "wolverine-kafka-retry-attempt": ATTEMPTS,
    },
    sure=(all_of("exception-type", "failed-at", "original-destination"),),
    likely=(all_of("exception-type", "failed-at"),),
    repeats=Repeats.REPLACED,
    prefixes=("wolverine-kafka-retry-",),
)
_RETRY = HeaderDialect(
    "wolverine",
    {
        "wolverine-kafka-retry-source": TOPIC,
        "wolverine-kafka-retry-attempt": ATTEMPTS,
        "wolverine-kafka-retry-first-failed": Column(Field.FAILED_AT, header_codecs.dotnet_ticks),
        "wolverine-kafka-retry-exception-type": EXCEPTION,
        "wolverine-kafka-retry-exception-message": MESSAGE,
    },
    sure=(all_of("wolverine-kafka-retry-source"),),
    repeats=Repeats.REPLACED,
    prefixes=("wolverine-kafka-retry-",),
)


class Wolverine:
    """A letter that came through retry topics has two hops: the source, and the last retry."""

    name = _LETTER.name
    owns = staticmethod(_LETTER.owns)

    def read(self, record: Record) -> Reading | None:
        """What the headers say."""
        letter, retry = _LETTER.read(record), _RETRY.read(record)
        if letter is None or retry is None:
            return letter or retry
        source = retry.hops[0].origin.topic
        if letter.hops[0].origin.topic in (None, source):
            return letter
        first = hop_of(_RETRY.segments(record, _RETRY.layout(record.headers))[0])
        return Reading(
            letter.confidence,
            (Hop(Origin(first.origin.topic), failed_at_ms=first.failed_at_ms), *letter.hops),
            record.key,
        )


WOLVERINE = Wolverine()
