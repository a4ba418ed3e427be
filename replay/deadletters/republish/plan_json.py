"""A plan as JSON data and back: nothing is lost on the way, bytes that are no text least of all."""

import base64
from collections.abc import Mapping
from sys import intern
from typing import TypedDict

from readers.decoders.payload import Json
from readers.record import Header, Position, TopicPartition
from replay.deadletters.republish.plan import (
    Guarantee,
    Impact,
    LeftOut,
    Mended,
    Plan,
    PlannedLetter,
    TargetFacts,
)
from replay.event_json import bytes_json, rfc3339

_Object = dict[str, Json]


class Damaged(ValueError):
    """The data is no plan."""


def plan_json(plan: Plan) -> _Object:
    """All of a plan, under the names that `dlq republish --json` prints."""
    return {
        "id": plan.id,
        "made_at": rfc3339(plan.made_at_ms),
        "made_at_ms": plan.made_at_ms,
        "made_by": plan.made_by,
        "cluster_id": plan.cluster_id,
        "source": plan.source_name,
        "letters": [_letter_json(letter) for letter in plan.letters],
        "left_out": [{"letter": str(each.letter), "why": each.why} for each in plan.left_out],
        "targets": [_target_json(target) for target in plan.targets],
        "warnings": list(plan.warnings),
        "watched": [str(position) for position in plan.watched],
        "rate": plan.rate,
        "canary": list(plan.ramp),
        "guarantee": plan.guarantee.value,
        "preserve_timestamp": plan.preserve_timestamp,
    }


def _letter_json(letter: PlannedLetter) -> _Object:
    return {
        "seq": letter.seq,
        "letter": str(letter.letter),
        "origin": None if letter.origin is None else str(letter.origin),
        "key": bytes_json(letter.key),
        "target": {"topic": letter.target.topic, "partition": letter.target.partition},
        "stripped": [_text_json(name) for name in letter.stripped],
        "kept": [_text_json(name) for name in letter.kept],
        "added": list(letter.added),
        "sha256": letter.sha256,
        "size_bytes": letter.size_bytes,
        "attempt": letter.attempt,
        "mended": None if letter.mended is None else _mended_json(letter.mended),
        "content": letter.content,
        "from_origin": letter.from_origin,
        "timestamp_ms": letter.timestamp_ms,
        "later": letter.later,
        "impact": None if letter.impact is None else _impact_json(letter.impact),
    }


def _mended_json(mended: Mended) -> _Object:
    return {
        "key": bytes_json(mended.key),
        "value": bytes_json(mended.value),
        "headers": [[_text_json(name), bytes_json(value)] for name, value in mended.headers],
    }


def _impact_json(impact: Impact) -> _Object:
    return {
        "aggregate": impact.aggregate,
        "reducer": impact.reducer,
        "before": impact.before,
        "after": impact.after,
        "already_told": impact.already_told,
        "broken": list(impact.broken),
        "newly_broken": list(impact.newly_broken),
        "error": impact.error,
    }


def _target_json(target: TargetFacts) -> _Object:
    groups = target.consumer_groups
    return {
        "topic": target.topic,
        "topic_id": target.topic_id,
        "ends": {str(partition): end for partition, end in sorted(target.ends.items())},
        "compacted": target.compacted,
        "max_message_bytes": target.max_message_bytes,
        "consumer_groups": None if groups is None else list(groups),
        "failed_groups": list(target.failed_groups),
    }


def _text_json(text: str) -> Json:
    """A header's name; one that is no Unicode text keeps its bytes."""
    return bytes_json(text.encode("utf-8", "surrogateescape"))


class _LetterData(TypedDict):
    """A letter's data, as it was written."""

    seq: int
    letter: str
    origin: str | None
    key: Json
    target: Mapping[str, Json]
    stripped: list[Json]
    kept: list[Json]
    added: list[str]
    sha256: str
    size_bytes: int
    attempt: int
    mended: "_MendedData | None"
    content: str | None
    from_origin: bool
    timestamp_ms: int | None
    later: int
    impact: "_ImpactData | None"


class _MendedData(TypedDict):
    key: Json
    value: Json
    headers: list[tuple[Json, Json]]


class _ImpactData(TypedDict):
    aggregate: str
    reducer: str
    before: Json
    after: Json
    already_told: bool
    broken: list[str]
    newly_broken: list[str]
    error: str | None


class _TargetData(TypedDict):
    topic: str
    topic_id: str | None
    ends: dict[str, int]
    compacted: bool | None
    max_message_bytes: int | None
    consumer_groups: list[str] | None
    failed_groups: list[str]


class PlanData(TypedDict):
    """A plan's data, as `plan_json` makes it; a hash vouches that it did."""

    id: str
    made_at_ms: int
    made_by: str
    cluster_id: str
    source: str
    letters: list[_LetterData]
    left_out: list[dict[str, str]]
    targets: list[_TargetData]
    warnings: list[str]
    watched: list[str]
    rate: float
    canary: list[int]
    guarantee: str
    preserve_timestamp: bool


def plan_from_json(data: PlanData) -> Plan:
    """The plan again.

    Raises:
        Damaged: something is missing, or is not what it should be.
    """
    try:
        return _plan(data)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(str(error)) from error


def _plan(data: PlanData) -> Plan:
    return Plan(
        id=data["id"],
        made_at_ms=data["made_at_ms"],
        made_by=data["made_by"],
        cluster_id=data["cluster_id"],
        source_name=data["source"],
        letters=tuple(map(_letter, data["letters"])),
        left_out=tuple(
            LeftOut(Position.parse(each["letter"]), each["why"]) for each in data["left_out"]
        ),
        targets=tuple(map(_target, data["targets"])),
        warnings=tuple(data["warnings"]),
        watched=tuple(map(Position.parse, data["watched"])),
        rate=data["rate"],
        ramp=tuple(data["canary"]),
        guarantee=Guarantee(data["guarantee"]),
        preserve_timestamp=data["preserve_timestamp"],
    )


def _letter(data: _LetterData) -> PlannedLetter:
    target, mended, impact = data["target"], data["mended"], data["impact"]
    return PlannedLetter(
        seq=data["seq"],
        letter=Position.parse(data["letter"]),
        origin=None if data["origin"] is None else Position.parse(data["origin"]),
        key=_bytes(data["key"]),
        target=TopicPartition(str(target["topic"]), int(str(target["partition"]))),
        stripped=_names(data["stripped"]),
        kept=_names(data["kept"]),
        added=tuple(map(intern, data["added"])),
        sha256=data["sha256"],
        size_bytes=data["size_bytes"],
        attempt=data["attempt"],
        mended=None if mended is None else _mended(mended),
        content=data["content"],
        from_origin=data["from_origin"],
        timestamp_ms=data["timestamp_ms"],
        later=data["later"],
        impact=None if impact is None else _impact(impact),
    )


def _mended(data: _MendedData) -> Mended:
    headers: tuple[Header, ...] = tuple(
        (_text(name), _bytes(value)) for name, value in data["headers"]
    )
    return Mended(_bytes(data["key"]), _bytes(data["value"]), headers)


def _impact(data: _ImpactData) -> Impact:
    told = {**data, "broken": tuple(data["broken"]), "newly_broken": tuple(data["newly_broken"])}
    return Impact(**told)  # type: ignore[arg-type]


def _target(data: _TargetData) -> TargetFacts:
    groups = data["consumer_groups"]
    return TargetFacts(
        topic=data["topic"],
        topic_id=data["topic_id"],
        ends={int(partition): end for partition, end in data["ends"].items()},
        compacted=data["compacted"],
        max_message_bytes=data["max_message_bytes"],
        consumer_groups=None if groups is None else tuple(groups),
        failed_groups=tuple(data["failed_groups"]),
    )


def _bytes(data: Json) -> bytes | None:
    match data:
        case None:
            return None
        case str():
            return data.encode("utf-8")
        case {"base64": str(text)}:
            return base64.b64decode(text, validate=True)
        case _:
            raise Damaged(f"{data!r} stands for no bytes")


def _names(data: list[Json]) -> tuple[str, ...]:
    return tuple(intern(_text(name)) for name in data)  # 100,000 letters have a few of them


def _text(data: Json) -> str:
    return (_bytes(data) or b"").decode("utf-8", "surrogateescape")
