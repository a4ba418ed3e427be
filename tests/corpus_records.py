"""Records that real systems wrote (tests/corpus/README.md), as a source would give them."""

import base64
import json
from pathlib import Path
from typing import Any

from readers.record import Record, TimestampType

_FOLDER = Path(__file__).parent / "corpus"
_TYPES = {1: TimestampType.CREATE, 2: TimestampType.APPEND}


def corpus(name: str) -> tuple[Record, ...]:
    """The records of one file, in its order; `name` is one such as `spring`."""
    lines = (_FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(map(_record, map(json.loads, lines)))


def _record(data: dict[str, Any]) -> Record:
    return Record(
        topic=data["topic"],
        partition=data["partition"],
        offset=data["offset"],
        timestamp_ms=data["timestamp"],
        timestamp_type=_TYPES[data["timestamp_type"]],
        key=_raw(data["key"]),
        value=_raw(data["value"]),
        headers=tuple((name, _raw(value)) for name, value in data["headers"]),
    )


def _raw(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
