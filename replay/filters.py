"""Conditions on events, in CEL: `value.amount > 100 && type != "ItemAdded"`."""

import re
from collections.abc import Callable, Mapping

from readers.decoders.payload import Json
from replay.condition import Condition, Failures
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
            UsageError: it is no CEL, names what no event has, or calls what is not there.
        """
        self.text = text
        self._condition = Condition(text, NAMES, "event")
        self._fields = _fields_of_value(text)

    def __reduce__(self) -> tuple[type["EventFilter"], tuple[str]]:
        """Compiled anew in another process; what it could not be asked of here stays here."""
        return EventFilter, (self.text,)

    @property
    def failures(self) -> Failures:
        """On how many events it could not be evaluated."""
        return self._condition.failures

    def matches(self, event: Event) -> bool:
        """Whether the condition is true of the event."""
        asked = {name: _VALUES[name](event) for name in self._condition.asks}
        value = asked.get("value")
        if self._fields is not None and isinstance(value, dict):
            # What a condition is given is converted, whether or not it looks at it; that is by far
            # the greatest part of its time.
            asked["value"] = {name: value[name] for name in self._fields if name in value}
        return self._condition.holds(asked, event.position)


def event_values(event: Event) -> dict[str, Json]:
    """An event as conditions see it."""
    return {name: value_of(event) for name, value_of in _VALUES.items()}


def _fields_of_value(text: str) -> frozenset[str] | None:
    """The fields of the value that a condition looks at, or more; None where it may be any."""
    if len(_FIELD_OF_VALUE.findall(text)) < len(_VALUE.findall(text)):
        return None
    return frozenset(_FIELD_OF_VALUE.findall(text))


_VALUE = re.compile(r"\bvalue\b")
_FIELD_OF_VALUE = re.compile(r"\bvalue\s*\.\s*([A-Za-z_]\w*)\b(?!\s*\()", re.ASCII)
_VALUES: Mapping[str, Callable[[Event], Json]] = {
    "topic": lambda event: event.record.topic,
    "partition": lambda event: event.record.partition,
    "offset": lambda event: event.record.offset,
    "timestamp": lambda event: event.record.timestamp_ms,
    "key": lambda event: bytes_json(event.record.key),
    "headers": lambda event: {name: bytes_json(value) for name, value in event.record.headers},
    "value": value_json,
    "type": lambda event: event.type,
    "aggregate": lambda event: event.aggregate,
    "event_id": lambda event: event.event_id,
    "encoding": lambda event: event.payload.encoding,
    "error": lambda event: event.error,
}
