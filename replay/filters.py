"""Conditions on events, in CEL: `value.amount > 100 && type != "ItemAdded"`."""

from readers.decoders.payload import Json
from replay.condition import Condition
from replay.event import Event
from replay.event_json import bytes_json, value_json

NAMES = (
    "topic", "partition", "offset", "timestamp", "key", "headers", "value", "type", "aggregate",
    "event_id", "encoding", "error",
)  # fmt: skip


class EventFilter:
    """A compiled condition on events; one that lacks what is asked for does not match.

    `headers` is a map in which the last of a repeated name counts; `timestamp` is a number of
    milliseconds since the epoch.
    """

    def __init__(self, text: str) -> None:
        """Compile the condition.

        Raises:
            UsageError: it is no CEL, or it names something that no event has.
        """
        self.text = text
        self._condition = Condition(text, NAMES, "event")

    def matches(self, event: Event) -> bool:
        """Whether the condition is true of the event."""
        return self._condition.holds(event_values(event))


def event_values(event: Event) -> dict[str, Json]:
    """An event as conditions see it."""
    record = event.record
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        "key": bytes_json(record.key),
        "headers": {name: bytes_json(value) for name, value in record.headers},
        "value": value_json(event),
        "type": event.type,
        "aggregate": event.aggregate,
        "event_id": event.event_id,
        "encoding": event.payload.encoding,
        "error": event.error,
    }
