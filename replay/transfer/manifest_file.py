"""Manifests read back: from beside an exported file, or out of a recording."""

from dataclasses import dataclass
from typing import Any

import orjson

from readers.errors import UsageError
from replay.transfer.manifest import VERSION, Manifest, PartitionRange, TopicPart


@dataclass(frozen=True, slots=True)
class Unreadable(Exception):
    """Why something is no manifest of ours; a clause."""

    why: str


def manifest_from_json(data: Any) -> Manifest:
    """The manifest that `manifest_json` wrote.

    Raises:
        Unreadable: it did not.
    """
    version = data.get("kstory_manifest") if isinstance(data, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise Unreadable("it was written by a newer kstory; upgrade kstory")
    if version != VERSION:
        raise Unreadable("it is no manifest of kstory's")
    try:
        return Manifest(
            source=str(data["source"]["name"]),
            cluster_id=str(data["source"]["cluster_id"]),
            asked=dict(data["asked"]),
            topics=tuple(map(_topic, data["topics"])),
            lost=tuple(map(str, data["lost"])),
            finished=bool(data["finished"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"it is damaged ({error})") from error


def manifest_of_text(text: str, where: str) -> Manifest:
    """The manifest in a text.

    Raises:
        UsageError: it is none; `where` says what it was found in.
    """
    try:
        return manifest_from_json(orjson.loads(text))
    except ValueError as error:
        raise UsageError(f"The manifest in {where} cannot be used: it is not JSON.") from error
    except Unreadable as error:
        raise UsageError(f"The manifest in {where} cannot be used: {error.why}.") from error


def _topic(data: Any) -> TopicPart:
    ranges = tuple(
        PartitionRange(**{name: int(part[name]) for name in PartitionRange.__slots__})
        for part in data["ranges"]
    )
    config = {str(name): str(value) for name, value in data["config"].items()}
    topic_id = data["topic_id"]
    return TopicPart(
        str(data["topic"]), None if topic_id is None else str(topic_id), config, ranges
    )
