"""Reading leaves a cluster as it was: no topic, no group, no offset, no setting is touched."""

import ast
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from readers.errors import ConfigError, SourceRefused
from readers.kafka import KafkaSource
from readers.record import Position, Span
from readers.record import TopicPartition as Place
from readers.wanted import EVERYTHING
from tests.awkward import awkward_record
from tests.broker.broker import Broker
from tests.broker.snapshot import settle, take_snapshot
from tests.contract.rigs import KafkaRig
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
WRITERS = {"readers/kafka_writer.py", "readers/kafka_once.py", "readers/kafka_delivery.py"}
"""A sink; its writing exactly once, in transactions; and the sending that both of them share."""
CHANGING = {
    "Producer",
    "SerializingProducer",
    "AIOProducer",
    "abort_transaction",
    "alter_configs",
    "alter_consumer_group_offsets",
    "alter_user_scram_credentials",
    "begin_transaction",
    "commit",
    "commit_transaction",
    "create_acls",
    "create_partitions",
    "create_topics",
    "delete_acls",
    "delete_consumer_groups",
    "delete_records",
    "delete_topics",
    "elect_leaders",
    "incremental_alter_configs",
    "init_transactions",
    "produce",
    "produce_batch",
    "send_offsets_to_transaction",
    "store_offsets",
    "subscribe",
}


@pytest.fixture
def rig(broker: Broker) -> Iterator[KafkaRig]:
    rig = KafkaRig(broker)
    yield rig
    rig.close()


def commit_a_group(bootstrap: str, topic: str) -> None:
    """Another application's group, which a reader could rewind."""
    config = {"bootstrap.servers": bootstrap, "group.id": f"app-{topic}", "log_level": 0}
    consumer = Consumer(config)
    consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    consumer.close()


def test_reading_disturbs_nothing(broker: Broker, rig: KafkaRig) -> None:
    settle(broker.bootstrap)
    topic = rig.topic(2)
    rig.append(awkward_record()._replace(topic=topic) for _ in range(5))
    commit_a_group(broker.bootstrap, topic)
    before = take_snapshot(broker.bootstrap)

    source = rig.open()
    source.topics()
    source.topics([topic, "missing-by-name"])
    list(source.read(source.topics([topic])[0].spans))
    list(source.scan(EVERYTHING, source.topics([topic])[0].spans))
    list(islice(source.follow([Position(topic, 0, 0)]), 3))
    source.offsets_at(0, [Place(topic, 0)])
    assert source.writing_facts(topic).consumer_groups == (f"app-{topic}",)
    source.writing_facts("missing-by-facts")
    for ask in (
        lambda: source.offsets_at(0, [Place("missing-by-time", 0)]),
        lambda: next(source.read([Span("missing-by-read", 0, 0, 1)])),
        lambda: next(source.scan(EVERYTHING, [Span("missing-by-scan", 0, 0, 1)])),
        lambda: next(source.follow([Position("missing-by-follow", 0, 0)])),
    ):
        with pytest.raises(SourceRefused):
            ask()
    source.close()

    assert take_snapshot(broker.bootstrap) == before


def test_the_snapshot_sees_a_topic_that_a_look_up_creates(broker: Broker) -> None:
    settle(broker.bootstrap)
    before = take_snapshot(broker.bootstrap)
    AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0}).list_topics(
        "made-by-looking", timeout=30
    )
    # The broker makes the topic after it has answered.
    wait_until(lambda: take_snapshot(broker.bootstrap) != before)


def test_the_snapshot_sees_a_committed_offset(broker: Broker, rig: KafkaRig) -> None:
    settle(broker.bootstrap)
    topic = rig.topic()
    before = take_snapshot(broker.bootstrap)
    commit_a_group(broker.bootstrap, topic)
    assert take_snapshot(broker.bootstrap) != before


def modules() -> list[Path]:
    return [path for part in ("readers", "replay", "tui") for path in (ROOT / part).rglob("*.py")]


def changing_names(source: str) -> set[str]:
    """The names in a module that could change a cluster, where they are a client's."""
    tree = ast.parse(source)
    if "confluent_kafka" not in source:
        return set()
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("confluent_kafka")
        for alias in node.names
    }
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return (imported | used) & CHANGING


def test_only_the_writers_name_what_changes_a_cluster() -> None:
    found = {
        str(path.relative_to(ROOT)) for path in modules() if changing_names(path.read_text("utf-8"))
    }
    assert found == WRITERS


def test_a_client_is_only_imported_by_name_and_in_readers() -> None:
    """`import confluent_kafka` would hide from the test above what is used of it."""
    importing = set()
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [n for n in names if n.startswith("confluent_kafka") and "." not in n], path
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("confluent_"):
                importing.add(path.relative_to(ROOT).parts[0])
    assert importing == {"readers"}


ASKED_OF_AIOKAFKA = (
    "aiokafka.conn",
    "aiokafka.errors",
    "aiokafka.protocol.api",
    "aiokafka.protocol.fetch",
    "aiokafka.protocol.types",
    "aiokafka.record.",
)
"""A connection, the requests that fetch, and what records look like."""


def test_of_aiokafka_only_what_cannot_write_is_known() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                if name.split(".")[0] == "aiokafka":
                    assert name.startswith(ASKED_OF_AIOKAFKA), path
                    assert path.is_relative_to(ROOT / "readers" / "raw_batches"), path


def test_only_the_writers_know_the_writing() -> None:
    """Who has a sink can write; nobody reaches past it."""
    inner = {"readers.kafka_once", "readers.kafka_delivery"}
    knowing = {
        str(path.relative_to(ROOT))
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in inner
    }
    assert knowing <= WRITERS


def test_a_group_is_only_named_by_the_configuration() -> None:
    named = {
        str(path.relative_to(ROOT))
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value == "group.id"
    }
    assert named == {"readers/kafka_config.py"}


@pytest.mark.parametrize("name", ["group.id", "enable.auto.commit", "transactional.id"])
def test_a_source_refuses_properties_that_would_disturb(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        KafkaSource("localhost:9092", {name: "x"})
