"""What has to be known before something is written into a topic; asking changes nothing."""

import time
from collections.abc import Collection, Iterable
from concurrent.futures import Future, wait
from typing import Any

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaException,
    TopicCollection,
)
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import AclOperation, AdminClient, ConfigResource, ResourceType

from readers.source import WritingFacts

OWN_GROUPS = "kstory-"
"""Groups of kstory's own begin so: they hold how far a write is, and nobody reads by them."""
_GROUPS_TIMEOUT_S = 5.0
_GROUPS_AT_ONCE = 100


def writing_facts(client: AdminClient, topic: str, timeout_s: float) -> WritingFacts:
    """The facts of one topic; what is not permitted, or not answered in time, is None.

    The groups take a request each, and five seconds at most (300 groups took 0.12 s).
    """
    told = client.describe_topics(
        TopicCollection([topic]), include_authorized_operations=True, request_timeout=timeout_s
    )
    resource = ConfigResource(ResourceType.TOPIC, topic)
    configs = client.describe_configs([resource], request_timeout=timeout_s)
    listed = client.list_consumer_groups(request_timeout=timeout_s)
    described = _answer(told[topic], timeout_s)
    if described is None:
        return WritingFacts()
    partitions = [ClientPartition(topic, each.id) for each in described.partitions]
    return WritingFacts(
        _may_write(described),
        _max_message_bytes(_answer(configs[resource], timeout_s)),
        _groups_of(client, _answer(listed, timeout_s), partitions),
    )


def _may_write(described: Any) -> bool | None:
    operations: Collection[AclOperation] | None = described.authorized_operations
    return None if operations is None else AclOperation.WRITE in operations


def _max_message_bytes(configs: Any) -> int | None:
    found = None if configs is None else configs.get("max.message.bytes")
    return None if found is None else int(found.value)


def _groups_of(
    client: AdminClient, listed: Any, partitions: Collection[ClientPartition]
) -> tuple[str, ...] | None:
    """The groups with committed offsets there, sorted; None where one is not told."""
    if listed is None or listed.errors:
        return None
    names = [group.group_id for group in listed.valid]
    foreign = sorted(name for name in names if not name.startswith(OWN_GROUPS))
    deadline_s = time.monotonic() + _GROUPS_TIMEOUT_S
    found: list[str] = []
    for first in range(0, len(foreign), _GROUPS_AT_ONCE):
        part = foreign[first : first + _GROUPS_AT_ONCE]
        asked = {name: _ask_offsets(client, name, partitions) for name in part}
        wait(asked.values(), max(0.0, deadline_s - time.monotonic()))
        for name, future in asked.items():
            offsets = _answer(future, 0)
            if offsets is None:
                return None
            if _any_committed(offsets.topic_partitions):
                found.append(name)
    return tuple(found)


def _ask_offsets(
    client: AdminClient, group: str, partitions: Collection[ClientPartition]
) -> "Future[Any]":
    request = ConsumerGroupTopicPartitions(group, list(partitions))
    asked = client.list_consumer_group_offsets([request], request_timeout=_GROUPS_TIMEOUT_S)
    return asked[group]


def _any_committed(partitions: Iterable[ClientPartition]) -> bool:
    return any(each.offset >= 0 for each in partitions)


def _answer(future: "Future[Any]", timeout_s: float) -> Any:
    """What it brought; None where it is an error of the cluster's, or late."""
    try:
        return future.result(timeout_s)
    except (KafkaException, TimeoutError):
        return None
