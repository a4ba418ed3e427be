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
        document["value"] = orjson.Fragment(on_one_line(raw.removeprefix(BOM_UTF8)))
    return document


def on_one_line(raw: bytes) -> bytes:
    """The same JSON; line breaks can only stand between its tokens."""
    return raw.replace(b"\n", b" ").replace(b"\r", b" ")
