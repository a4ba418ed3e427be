"""ksqlDB's processing log: no headers; the value is JSON that says what failed, not the record."""

import base64
from collections.abc import Mapping

import orjson

from readers.record import Record
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.letter import Confidence, Failure, Hop, Origin

_KINDS = (
    "deserializationError",
    "recordProcessingError",
    "productionError",
    "serializationError",
    "kafkaStreamsThreadError",
)


class KsqlDb:
    """Entries of the log; the exception is the kind of error, the cause the last it names.

    The record is in the log only where it was configured so, and never with its key: an entry is a
    pointer, to a topic without an offset. A value that could not be deserialized is told.
    """

    name = "ksqldb"

    def expects(self, topic: str) -> bool:
        """Whether the topic is named like a processing log."""
        return topic.lower().endswith("ksql_processing_log")

    def owns(self, header: str) -> bool:
        """It writes none."""
        return False

    def read(self, record: Record) -> Reading | None:
        """What the value says."""
        entry = _object(record.value)
        message = _member(entry, "message") or entry
        for kind in _KINDS:
            error = _member(message, kind)
            if error is not None:
                hop = _hop(kind, error, _lower(entry).get("time"))
                return Reading(Confidence.SURE, (hop,), None, True, _value(error))
        return None


KSQLDB = KsqlDb()


def _hop(kind: str, error: Mapping[str, object], time: object) -> Hop:
    told = _lower(error)
    causes = told.get("cause")
    cause = causes[-1] if isinstance(causes, list) and causes else None
    return Hop(
        Origin(_text(told.get("topic"))),
        Failure(kind, _text(cause), _text(told.get("errormessage"))),
        failed_at_ms=time if isinstance(time, int) and time >= 0 else None,
    )


def _value(error: Mapping[str, object]) -> bytes | None:
    """The record's value, of an entry that has it: of a failed key the same member is the key."""
    told = _lower(error)
    encoded = _text(told.get("recordb64"))
    if encoded is None or told.get("target", "value") != "value":
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return None


def _object(value: bytes | None) -> Mapping[str, object]:
    try:
        entry = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _member(entry: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    """The member that is an object; the log's stream writes its names in capitals."""
    found = _lower(entry).get(name.lower())
    return found if isinstance(found, dict) else None


def _lower(entry: Mapping[str, object]) -> dict[str, object]:
    return {name.lower(): value for name, value in entry.items()}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
