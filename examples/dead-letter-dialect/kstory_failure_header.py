"""Dead letters of a shop's own framework: one header, `failure`, holds JSON about each failure.

    failure: {"topic": "orders", "partition": 3, "offset": 12345, "group": "billing",
              "error": "StockException", "message": "out of stock", "at": 1700000000000}

A framework that writes a header for each of these needs no code, only names in kstory.toml.
"""

import json
from typing import Any

from readers.record import Record
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.letter import Confidence, Failure, Hop, Origin

HEADER = "failure"

name = "failure-header"


def owns(header: str) -> bool:
    """Whether the header is ours: it is not sent back with a letter."""
    return header == HEADER


def read(record: Record) -> Reading | None:
    """What the headers say, the oldest failure first; None where there is none of them."""
    told = [_parsed(raw) for header, raw in record.headers if header == HEADER]
    hops = tuple(_hop(failure) for failure in told if failure)
    return Reading(Confidence.SURE, hops, record.key) if hops else None


def _parsed(raw: bytes | None) -> dict[str, Any]:
    """A header that cannot be read tells nothing."""
    try:
        told = json.loads(raw or b"")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _hop(failure: dict[str, Any]) -> Hop:
    return Hop(
        Origin(failure.get("topic"), failure.get("partition"), failure.get("offset")),
        Failure(exception=failure.get("error"), message=failure.get("message")),
        consumer_group=failure.get("group"),
        failed_at_ms=failure.get("at"),
    )
