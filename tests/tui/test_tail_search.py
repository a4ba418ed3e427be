"""`kstory tail` as a search: by keys, by text, and where it looks."""

from contextlib import closing

import pytest

from readers.kafka_writer import KafkaSink
from readers.partitioners import java_partition
from readers.record import Record
from readers.source import NewTopic
from tests.broker.broker import Broker
from tests.tui.failing_shop import LETTERS, ORDERS, Shop
from tests.tui.invoked import Invoke

TOPIC, PARTITIONS, KEYS = "events-searched", 6, 2_000


def keys_found(invoke: Invoke, shop: Shop, *options: str) -> list[str]:
    result = invoke("-s", shop.source, "tail", ORDERS, "--no-follow", "--json", *options)
    assert result.code == 0
    return sorted(document["key"] for document in result.documents)


def test_several_keys_are_searched_at_once(invoke: Invoke, shop: Shop) -> None:
    wanted = ("--key", "order-1", "--key", "order-4", "--key", "order-99")
    assert keys_found(invoke, shop, *wanted) == ["order-1", "order-4"]


def test_several_keys_come_in_the_order_of_the_offsets(invoke: Invoke, shop: Shop) -> None:
    wanted = ("--key", "order-4", "--key", "order-0", "--key", "order-2")
    found = invoke("-s", shop.source, "tail", ORDERS, "--no-follow", "--json", *wanted).documents
    assert [document["key"] for document in found] == ["order-0", "order-2", "order-4"]
    newest = invoke(
        "-s", shop.source, "tail", ORDERS, "--no-follow", "--json", "--from", "-2", *wanted
    )
    assert [document["key"] for document in newest.documents] == ["order-2", "order-4"]


def test_a_text_is_found_in_values_keys_and_headers(invoke: Invoke, shop: Shop) -> None:
    assert keys_found(invoke, shop, "--contains", '"amount": 3') == ["order-3"]
    assert keys_found(invoke, shop, "--contains", "order-", "--contains", "5}") == ["order-5"]
    line = ("-s", shop.source, "tail", LETTERS, "--no-follow", "--json", "--contains")
    assert len(invoke(*line, "BrokenOrderException").documents) == 1
    assert len(invoke(*line, "exception-fqcn").documents) == 5
    assert invoke(*line, "nowhere").out == ""


def test_text_key_and_condition_have_to_hold_together(invoke: Invoke, shop: Shop) -> None:
    both = ("--contains", "amount", "--key", "order-2", "--key", "order-3")
    assert keys_found(invoke, shop, *both) == ["order-2", "order-3"]
    assert keys_found(invoke, shop, *both, "--where", "value.amount > 2") == ["order-3"]


@pytest.fixture(scope="module")
def searched(broker: Broker) -> str:
    """A topic large enough that it is worth knowing where a key can be, and one key elsewhere."""
    with closing(KafkaSink(broker.bootstrap, {})) as sink:
        sink.create_topics([NewTopic(TOPIC, PARTITIONS, {"retention.ms": "-1"})])
        for turn in range(5):
            sink.write([_record(n, turn) for n in range(KEYS)])
    return broker.bootstrap


def _record(number: int, turn: int) -> Record:
    key = b"order-%d" % number
    partition = java_partition(key, PARTITIONS)
    if (number, turn) == (7, 2):  # in the midst of the log, where no sample looks
        partition = (partition + 1) % PARTITIONS
    return Record(TOPIC, partition, 0, 1_795_435_200_000 + turn, None, key, b"%d" % turn)


def test_a_key_is_searched_where_it_can_be_and_that_is_said(invoke: Invoke, searched: str) -> None:
    line = ("-s", searched, "tail", TOPIC, "--no-follow", "--json", "--key", "order-7")
    found = invoke(*line)
    home = java_partition(b"order-7", PARTITIONS)
    assert [document["value"] for document in found.documents] == [0, 1, 3, 4]
    assert f"only partition {home} can hold the key (murmur2, as Java's" in found.err


def test_all_partitions_are_searched_when_that_is_asked_for(invoke: Invoke, searched: str) -> None:
    line = ("-s", searched, "tail", TOPIC, "--no-follow", "--json", "--key", "order-7")
    found = invoke(*line, "--all-partitions")
    assert sorted(document["value"] for document in found.documents) == [0, 1, 2, 3, 4]
    assert "only partition" not in found.err


def test_a_rate_slows_a_search_and_changes_nothing_else(invoke: Invoke, searched: str) -> None:
    line = ("-s", searched, "tail", TOPIC, "--no-follow", "--json", "--key", "order-7")
    assert invoke("--max-rate", "5", *line).documents == invoke(*line).documents
    assert invoke("--max-rate", "0", *line).code == 2


def test_a_partition_that_is_named_is_searched_whatever_the_hash_says(
    invoke: Invoke, searched: str
) -> None:
    line = ("-s", searched, "tail", TOPIC, "--no-follow", "--json", "--key", "order-7")
    elsewhere = (java_partition(b"order-7", PARTITIONS) + 1) % PARTITIONS
    found = invoke(*line, "--partition", elsewhere)
    assert [document["value"] for document in found.documents] == [2]


def test_a_story_can_be_searched_everywhere(invoke: Invoke, searched: str) -> None:
    line = ("-s", searched, "story", "order-7", "--topics", TOPIC, "--json")
    assert len(invoke(*line).document["events"]) == 4
    assert len(invoke(*line, "--all-partitions").document["events"]) == 5


def test_a_time_leaves_out_what_is_from_then_on(invoke: Invoke, shop: Shop) -> None:
    wanted = ("--from", "2026-11-23T12:00:01Z", "--until", "2026-11-23T12:00:04Z")
    assert keys_found(invoke, shop, *wanted) == ["order-1", "order-2", "order-3"]


def test_what_could_not_be_read_is_not_said_to_hold_nothing(invoke: Invoke, broker: Broker) -> None:
    topic = "events-harmed"
    with closing(KafkaSink(broker.bootstrap, {})) as sink:
        sink.create_topics([NewTopic(topic, 1, {})])
        for n in range(3):
            value = b"value-%d" % n
            sink.write([Record(topic, 0, 0, 1_795_435_200_000, None, b"order-%d" % n, value)])
    broker.corrupt(topic, b"value-1")
    line = ("-s", broker.bootstrap, "tail", topic, "--no-follow", "--key")
    found = invoke(*line, "order-1")
    assert (found.code, found.out) == (1, "")
    assert f"{topic}:0@1 cannot be read" in found.err
    assert found.err.endswith("Nothing was found in what could be read.\n")
