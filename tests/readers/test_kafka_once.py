"""Writing into a cluster once: what is refused, what breaks, and what is stored then."""

import uuid
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from readers.errors import SourceError, SourceRefused, SourceUnreachable, UsageError
from readers.kafka import KafkaSource
from readers.record import Record, TopicPartition
from tests.awkward import awkward_record
from tests.broker.broker import Broker
from tests.contract.rigs import KafkaRig, committed
from tests.waiting import soon

_AUTHORIZER = """
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
"""


@pytest.fixture(scope="module")
def guarded() -> Iterator[Broker]:
    """A broker that asks for permissions, and grants what nobody has forbidden."""
    from tests.conftest import started_broker

    yield from started_broker(_AUTHORIZER)


@pytest.fixture
def rig(broker: Broker) -> Iterator[KafkaRig]:
    rig = KafkaRig(broker)
    yield rig
    rig.close()


def numbered(topic: str, *numbers: int) -> list[Record]:
    return [awkward_record(b"%d" % n)._replace(topic=topic) for n in numbers]


def values(source: KafkaSource, topic: str) -> list[bytes | None]:
    return [each.value for each in committed(source, topic)]


def forbid(broker: Broker, kind: ResourceType, name: str, operation: AclOperation) -> None:
    deny = AclBinding(
        kind, name, ResourcePatternType.LITERAL, "User:*", "*", operation, AclPermissionType.DENY
    )
    allow = AclBinding(
        kind, name, ResourcePatternType.LITERAL, "User:*", "*",
        AclOperation.ALL, AclPermissionType.ALLOW,
    )  # fmt: skip
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    for future in admin.create_acls([allow, deny]).values():
        future.result(30)


@pytest.mark.broker
@pytest.mark.parametrize(
    ("kind", "operation", "said"),
    [
        (
            ResourceType.TRANSACTIONAL_ID,
            AclOperation.WRITE,
            "WRITE and DESCRIBE on the transactional ids",
        ),
        (ResourceType.GROUP, AclOperation.DESCRIBE, "READ on the consumer groups"),
    ],
)
def test_a_missing_permission_is_named_with_the_other_way(
    guarded: Broker, kind: ResourceType, operation: AclOperation, said: str
) -> None:
    rig = KafkaRig(guarded)
    topic, name = rig.topic(), uuid.uuid4().hex
    forbid(guarded, kind, f"kstory-{name}", operation)
    writer = rig.once(name, TopicPartition(topic, 0))
    with soon(12), pytest.raises(SourceRefused, match=said) as refused:  # not at its deadline, 15 s
        writer.resume()
    assert "the guarantee scan" in str(refused.value)
    assert f"kstory-{name}" in str(refused.value)
    rig.close()


@pytest.mark.broker
def test_without_permission_for_the_progress_nothing_is_stored(guarded: Broker) -> None:
    rig = KafkaRig(guarded)
    topic, name = rig.topic(), uuid.uuid4().hex
    writer = rig.once(name, TopicPartition(topic, 0))
    writer.resume()
    forbid(guarded, ResourceType.GROUP, f"kstory-{name}", AclOperation.READ)
    with pytest.raises(SourceRefused, match="READ on the consumer groups"):
        writer.append(numbered(topic, 0))
    assert values(rig.open(), topic) == []
    rig.close()


@pytest.mark.broker
def test_a_topic_without_permission_is_told_before_and_refuses_all(guarded: Broker) -> None:
    rig = KafkaRig(guarded)
    secret, other = rig.topic(), rig.topic()
    forbid(guarded, ResourceType.TOPIC, secret, AclOperation.WRITE)
    assert rig.open().writing_facts(secret).may_write is False
    assert rig.open().writing_facts(other).may_write is True
    writer = rig.once(uuid.uuid4().hex, TopicPartition(other, 0))
    writer.resume()
    with pytest.raises(SourceRefused, match="WRITE on the topics written to"):
        writer.append([*numbered(other, 0), *numbered(secret, 1)])
    assert writer.resume().done == 0
    writer.append(numbered(other, 2))
    assert values(rig.open(), other) == [b"2"]
    rig.close()


@pytest.mark.broker
def test_where_a_group_may_not_be_looked_at_the_groups_are_not_told(guarded: Broker) -> None:
    rig = KafkaRig(guarded)
    topic, hidden = rig.topic(), f"app-{uuid.uuid4().hex}"
    commit_offset(guarded.bootstrap, hidden, topic)
    assert hidden in (rig.open().writing_facts(topic).consumer_groups or ())
    forbid(guarded, ResourceType.GROUP, hidden, AclOperation.DESCRIBE)
    assert rig.open().writing_facts(topic).consumer_groups is None
    rig.close()


def test_a_record_the_broker_finds_too_large_refuses_all_of_an_append(rig: KafkaRig) -> None:
    topic = rig.topic(config={"max.message.bytes": "2000"})
    writer = rig.once(uuid.uuid4().hex, TopicPartition(topic, 0))
    writer.resume()
    writer.append(numbered(topic, 0))
    large = awkward_record(b"x" * 5_000)._replace(topic=topic)
    with pytest.raises(SourceRefused, match=r"max\.message\.bytes.*Nothing of this was stored"):
        writer.append([*numbered(topic, 1), large])
    assert writer.resume().done == 1
    writer.append(numbered(topic, 2))
    assert values(rig.open(), topic) == [b"0", b"2"]


def test_a_compacted_topic_refuses_a_record_without_a_key(rig: KafkaRig) -> None:
    topic = rig.topic(config={"cleanup.policy": "compact"})
    writer = rig.once(uuid.uuid4().hex, TopicPartition(topic, 0))
    writer.resume()
    with pytest.raises(SourceRefused, match="Nothing of this was stored"):
        writer.append([*numbered(topic, 0), awkward_record(key=None)._replace(topic=topic)])
    assert values(rig.open(), topic) == []


def test_a_topic_deleted_meanwhile_is_named_and_not_made_again(rig: KafkaRig) -> None:
    topic, letters = rig.topic(), rig.topic()
    writer = rig.once(uuid.uuid4().hex, TopicPartition(letters, 0))
    writer.resume()
    writer.append(numbered(topic, 0))
    rig.delete_topic(topic)
    with soon(60), pytest.raises(SourceRefused, match=f"{topic}:0 does not exist"):
        writer.append(numbered(topic, 1))
    assert rig.open().topics([topic]) == ()
    assert writer.resume().done == 1


def test_a_topic_for_the_progress_that_is_missing_is_refused(rig: KafkaRig) -> None:
    writer = rig.once(uuid.uuid4().hex, TopicPartition("no-such-topic", 0))
    with pytest.raises(SourceRefused, match="no-such-topic:0 does not exist"):
        writer.resume()


def test_fifty_topics_with_long_names_fit_and_longer_ones_are_refused(rig: KafkaRig) -> None:
    letters = TopicPartition(rig.topic(), 0)
    for length, fits in ((50, True), (90, False)):
        topics = [rig.topic(name=f"{uuid.uuid4().hex}-{n}".ljust(length, "x")) for n in range(50)]
        writer = rig.once(uuid.uuid4().hex, letters)
        writer.resume()
        records = [each for topic in topics for each in numbered(topic, 0)]
        if fits:
            assert writer.append(records) == writer.resume().last
            continue
        with pytest.raises(UsageError, match="send fewer at once"):
            writer.append(records)
        assert values(rig.open(), topics[0]) == []


def test_a_broker_that_is_gone_leaves_all_or_nothing(own_broker: Broker) -> None:
    rig = KafkaRig(own_broker)
    topic, name = rig.topic(), uuid.uuid4().hex
    writer = rig.once(name, TopicPartition(topic, 0))
    writer.resume()
    writer.append(numbered(topic, 0))
    own_broker.kill()
    with soon(60), pytest.raises(SourceUnreachable):
        writer.append(numbered(topic, 1))
    own_broker.start()
    assert writer.resume().done == 1
    writer.append(numbered(topic, 1))
    assert values(rig.open(), topic) == [b"0", b"1"]
    rig.close()


def test_a_broker_that_hangs_and_comes_back_has_it_once(own_broker: Broker) -> None:
    rig = KafkaRig(own_broker)
    topic, name = rig.topic(), uuid.uuid4().hex
    writer = rig.once(name, TopicPartition(topic, 0))
    writer.resume()
    own_broker.pause()
    with soon(60), pytest.raises(SourceError):
        writer.append(numbered(topic, 0))
    own_broker.resume()
    done = writer.resume().done
    writer.append(numbered(topic, *range(done, 3)))
    assert values(rig.open(), topic) == [b"0", b"1", b"2"]
    rig.close()


def commit_offset(bootstrap: str, group: str, topic: str) -> None:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "log_level": 0})
    consumer.commit(offsets=[ClientPartition(topic, 0, 1)], asynchronous=False)
    consumer.close()
