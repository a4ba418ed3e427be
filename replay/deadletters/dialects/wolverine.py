"""Wolverine: dead letters, and records in its retry topics, which keep only the source's name."""

from readers.record import Record
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.dialects.headers import hop_of
from replay.deadletters.dialects.table import WOLVERINE as LETTER
from replay.deadletters.dialects.table import WOLVERINE_RETRY as RETRY
from replay.deadletters.letter import Hop, Origin


class Wolverine:
    """A letter that came through retry topics has two hops: the source, and the last retry."""

    name = LETTER.name
    owns = staticmethod(LETTER.owns)

    def read(self, record: Record) -> Reading | None:
        """What the headers say."""
        letter, retry = LETTER.read(record), RETRY.read(record)
        if letter is None or retry is None:
            return letter or retry
        source = retry.hops[0].origin.topic
        if letter.hops[0].origin.topic in (None, source):
            return letter
        first = hop_of(RETRY.segments(record)[0])
        return Reading(
            letter.confidence,
            (Hop(Origin(first.origin.topic), failed_at_ms=first.failed_at_ms), *letter.hops),
            record.key,
        )


WOLVERINE = Wolverine()
