"""Topics as a cluster tells of them: identity, bounds, newest write; all asked at once."""

from collections.abc import Collection, Mapping

from confluent_kafka.admin import OffsetSpec

from readers.kafka_admin import KafkaAdmin, Offsets, TopicFacts
from readers.record import TopicPartition
from readers.source import PartitionBounds, TopicInfo

_UNCOMMITTED = "read_uncommitted"


def topic_infos(
    admin: KafkaAdmin, names: Collection[str] | None, isolation: str
) -> tuple[TopicInfo, ...]:
    """Topics by name; all that may be seen, or those of `names` that exist.

    Whether they are compacted is asked only for named ones. Under `isolation` read_committed they
    end where an open transaction begins.
    """
    facts = admin.facts(admin.topic_names() if names is None else names)
    partitions = [
        TopicPartition(topic.name, number)
        for topic in facts.values()
        for number in topic.partitions
    ]
    known = [topic.name for topic in facts.values() if topic.error is None]
    asked = admin.ask_compacted(known if names is not None else ())
    found = admin.offsets(
        partitions,
        {
            "start": (OffsetSpec.earliest(), _UNCOMMITTED),
            "end": (OffsetSpec.latest(), isolation),
            "high": (OffsetSpec.latest(), _UNCOMMITTED),
            "newest": (OffsetSpec.max_timestamp(), _UNCOMMITTED),
        },
    )
    compacted = admin.compacted(asked)
    return tuple(_topic_info(facts[name], found, compacted.get(name)) for name in sorted(facts))


def _topic_info(
    facts: TopicFacts,
    found: Mapping[str, Mapping[TopicPartition, Offsets]],
    compacted: bool | None,
) -> TopicInfo:
    bounds: list[PartitionBounds] = []
    newest: list[int] = []
    errors = [facts.error] if facts.error else []
    errors += [f"partition {number} has no leader" for number in facts.leaderless]
    for number in facts.partitions:
        at = TopicPartition(facts.name, number)
        start, end, high = found["start"][at], found["end"][at], found["high"][at]
        error = start.error or end.error or high.error
        if error:
            errors.append(f"partition {number}: {error}")
            continue
        bounds.append(PartitionBounds(number, start.offset, end.offset, high.offset))
        newest.append(found["newest"][at].timestamp_ms)
    return TopicInfo(
        facts.name,
        tuple(bounds),
        last_write_ms=max((each for each in newest if each != -1), default=None),
        compacted=compacted,
        topic_id=facts.topic_id,
        internal=facts.internal,
        error="; ".join(errors) or None,
    )
