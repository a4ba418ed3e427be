"""A record and a stream → an event: what the record says, by the stream's reading of it."""

from dataclasses import dataclass

from readers.decoders.payload import Payload
from readers.record import Position, Record


@dataclass(frozen=True, slots=True)
class Event:
    """A record with what was decoded from it. One that cannot be decoded is an event all the same.

    Attributes:
        aggregate: the id of the entity it belongs to, as text; None where it has none.
        event_id: what its writer calls it, the same when it is delivered again; None if unnamed.
        time_ms: when it happened, since the epoch; None where nothing says so.
        is_letter: it lies in a dead-letter topic: shown in the story, not folded.
    """

    record: Record
    payload: Payload
    type: str | None
    aggregate: str | None
    event_id: str | None
    time_ms: int | None
    is_letter: bool = False

    @property
    def position(self) -> Position:
        """Where its record lies."""
        return self.record.position

    @property
    def error(self) -> str | None:
        """Why it could not be decoded, or None."""
        return self.payload.error
