"""Events in the JSON form of the commands."""

from codecs import BOM_UTF8

import orjson

from replay.event import Event
from replay.event_json import event_json


def event_document(event: Event) -> dict[str, object]:
    """An event whose JSON value is embedded as it was written: huge numbers stay what they are."""
    document: dict[str, object] = dict(event_json(event))
    raw = event.record.value
    if event.payload.encoding == "json" and raw is not None:
        # Line breaks can only stand between tokens here; one line is one record.
        document["value"] = orjson.Fragment(
            raw.removeprefix(BOM_UTF8).replace(b"\n", b" ").replace(b"\r", b" ")
        )
    return document
