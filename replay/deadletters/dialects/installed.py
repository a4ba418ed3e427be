"""Somebody else's dialect, held so that whatever it does costs no more than its own reading."""

from readers.record import Record
from replay.deadletters.dialects.dialect import Dialect, KnowsTopics, Reading
from replay.deadletters.letter import Confidence, Failure, Hop, Origin
from replay.reducers.foreign import Returned, call_here


class Installed:
    """What it raises, or says that no letter can say (an offset that is text), tells nothing."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.name = str(dialect.name)

    def read(self, record: Record) -> Reading | None:
        """What it says, if it says it in our words."""
        match call_here(self._dialect.read, record):
            case Returned(Reading() as reading) if _is_sound(reading):
                return reading
        return None

    def owns(self, header: str) -> bool:
        """Whether it says so."""
        return call_here(self._dialect.owns, header) == Returned(True)

    def expects(self, topic: str) -> bool:
        """Whether it says so; one that does not tell is asked by headers alone."""
        if not isinstance(self._dialect, KnowsTopics):
            return False
        return call_here(self._dialect.expects, topic) == Returned(True)


def _is_sound(reading: Reading) -> bool:
    return (
        isinstance(reading.confidence, Confidence)
        and isinstance(reading.key, bytes | None)
        and isinstance(reading.is_pointer, bool)
        and isinstance(reading.original_value, bytes | None)
        and isinstance(reading.hops, tuple)
        and len(reading.hops) > 0
        and all(map(_is_sound_hop, reading.hops))
    )


def _is_sound_hop(hop: object) -> bool:
    match hop:
        case Hop(Origin() as origin, Failure() as failure, group, attempts, failed_at_ms):
            texts = (origin.topic, failure.exception, failure.cause, failure.message, failure.stack)
            counts = (origin.partition, origin.offset, attempts)
            times = (origin.timestamp_ms, failed_at_ms)
            return (
                all(isinstance(text, str | None) for text in (*texts, group))
                and all(isinstance(number, int | None) for number in (*counts, *times))
                and all(count is None or count >= 0 for count in counts)
            )
    return False
