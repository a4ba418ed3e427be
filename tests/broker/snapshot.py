"""All of a cluster that a reader could disturb, as one value: equal before and after, or disturbed.

A consumer's group name makes the client look for its coordinator, which makes a broker create its
own topic for offsets when it has none yet. No real cluster is without it, so `settle` makes it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from tests.waiting import wait_until

_TIMEOUT_S = 30.0
_OFFSETS_TOPIC = "__consumer_offsets"


@dataclass(frozen=True)
class Snapshot:
    """A cluster's state; a part that differs shows in pytest's comparison.

    Attributes:
        topics: name to id and number of partitions.
        groups: name to state; `members` are counted.
        committed: group to `topic:partition` to offset.
        configs: `topic NAME` or `broker ID` to name to value.
    """

    topics: Mapping[str, tuple[str, int]]
    groups: Mapping[str, tuple[str, int]]
    committed: Mapping[str, Mapping[str, int]]
    configs: Mapping[str, Mapping[str, str | None]]


def settle(bootstrap: str) -> None:
    """Make the broker create what it creates when the first group is looked for."""
    client = _admin(bootstrap)
    if _OFFSETS_TOPIC in client.list_topics(timeout=_TIMEOUT_S).topics:
        return
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "settling", "log_level": 0})

    def exists() -> bool:
        consumer.poll(0.05)
        return _OFFSETS_TOPIC in client.list_topics(timeout=_TIMEOUT_S).topics

    wait_until(exists)
    consumer.close()


def take_snapshot(bootstrap: str) -> Snapshot:
    """The cluster's state now."""
    admin = _admin(bootstrap)
    metadata = admin.list_topics(timeout=_TIMEOUT_S)
    groups = _groups(admin)
    return Snapshot(
        _topics(admin, metadata.topics),
        groups,
        {group: _committed(admin, group) for group in groups},
        _configs(admin, metadata.topics, metadata.brokers),
    )


def _admin(bootstrap: str) -> AdminClient:
    return AdminClient(
        {"bootstrap.servers": bootstrap, "allow.auto.create.topics": False, "log_level": 0}
    )


def _topics(admin: AdminClient, names: Iterable[str]) -> dict[str, tuple[str, int]]:
    asked = admin.describe_topics(TopicCollection(sorted(names)), request_timeout=_TIMEOUT_S)
    found = [future.result() for future in asked.values()]
    return {each.name: (str(each.topic_id), len(each.partitions)) for each in found}


def _groups(admin: AdminClient) -> dict[str, tuple[str, int]]:
    listed = admin.list_consumer_groups(request_timeout=_TIMEOUT_S).result()
    names = sorted(each.group_id for each in listed.valid)
    if not names:
        return {}
    asked = admin.describe_consumer_groups(names, request_timeout=_TIMEOUT_S)
    found = [future.result() for future in asked.values()]
    return {each.group_id: (each.state.name, len(each.members)) for each in found}


def _committed(admin: AdminClient, group: str) -> dict[str, int]:
    asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
    try:
        offsets = asked[group].result().topic_partitions
    except KafkaException:
        return {}
    return {f"{each.topic}:{each.partition}": each.offset for each in offsets}


def _configs(
    admin: AdminClient, topics: Iterable[str], brokers: Iterable[int]
) -> dict[str, dict[str, str | None]]:
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in sorted(topics)]
    resources += [ConfigResource(ResourceType.BROKER, str(number)) for number in sorted(brokers)]
    found: dict[str, dict[str, str | None]] = {}
    for resource in resources:
        (future,) = admin.describe_configs([resource], request_timeout=_TIMEOUT_S).values()
        entries = {name: entry.value for name, entry in future.result().items()}
        found[f"{resource.restype.name.lower()} {resource.name}"] = entries
    return found
