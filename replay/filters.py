"""Conditions on events, in CEL: `value.amount > 100 && type != "ItemAdded"`."""

import re

from readers.decoders.payload import Json
from readers.errors import UsageError
from replay.event import Event
from replay.event_json import bytes_json, value_json

NAMES = (
    "topic", "partition", "offset", "timestamp", "key", "headers", "value", "type", "aggregate",
    "event_id", "encoding", "error",
)  # fmt: skip
_TYPES = ("bool", "bytes", "double", "duration", "int", "list", "map", "string", "uint")
_BOUND = re.compile(r"\.(?:all|exists|exists_one|filter|map)\(\s*(\w+)\s*,(?:\s*(\w+)\s*,)?")
_CARET = re.compile(r"ERROR: <input>:\d+:(\d+): (.*)")


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
        # Only when a condition is typed: the package loads its own command line, which takes 0.4 s.
        import cel

        self.text = text
        try:
            self._program = cel.compile(text)
        except ValueError as error:
            raise UsageError(f"The condition is not valid CEL: {_place(error)}.") from error
        bound = {name for names in _BOUND.findall(text) for name in names}
        unknown = sorted(set(self._program.variables()) - {*NAMES, *_TYPES, *bound})
        if unknown:
            raise UsageError(
                f"The condition names {unknown[0]!r}, which no event has; "
                f"it may name {', '.join(NAMES)}."
            )

    def matches(self, event: Event) -> bool:
        """Whether the condition is true of the event."""
        try:
            return self._program.execute(_context(event)) is True
        except (LookupError, TypeError, ValueError, RuntimeError, ArithmeticError):
            return False  # a missing field, or one of another type: not true of this event


def _context(event: Event) -> dict[str, Json]:
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


def _place(error: ValueError) -> str:
    match = _CARET.search(str(error))
    return f"at character {match[1]}, {match[2]}" if match else str(error).splitlines()[0]
