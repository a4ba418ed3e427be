"""`kstory cache`, and what the commands that search leave there."""

import json
from pathlib import Path

import pytest

from tests.awkward import awkward_record
from tests.broker.broker import Broker
from tests.contract.rigs import KafkaRig, RecordingRig
from tests.tui.invoked import Invoke


def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "kstory"


def filled(rig: KafkaRig | RecordingRig) -> str:
    topic = rig.topic()
    rig.append(
        awkward_record(b"%d" % n)._replace(topic=topic, key=b"order-%d" % (n % 3))
        for n in range(30)
    )
    return topic


def test_it_is_empty_at_first_and_makes_nothing(invoke: Invoke, tmp_path: Path) -> None:
    shown = invoke("cache")
    assert (shown.code, shown.out.splitlines()[1]) == (0, "Nothing is remembered.")
    assert "of 64.0 MB at most" in shown.out
    assert invoke("cache", "clear").code == 0
    assert not folder(tmp_path).exists()


def test_a_topic_that_is_not_in_it_is_the_answer_no(invoke: Invoke) -> None:
    cleared = invoke("cache", "clear", "order-events")
    assert (cleared.code, cleared.out) == (1, "")
    assert cleared.err == "kstory: Nothing is remembered of order-events; see kstory cache.\n"


def test_a_recording_needs_none(invoke: Invoke, tmp_path: Path) -> None:
    rig = RecordingRig(tmp_path)
    topic = filled(rig)
    rig.close()
    file = tmp_path / "contract.kstory"
    for _ in range(2):
        searched = invoke("-s", file, "tail", topic, "--key", "order-1", "--no-follow")
        assert (len(searched.out.splitlines()), searched.err) == (10, "")
    assert not folder(tmp_path).exists()


@pytest.mark.broker
def test_a_second_search_says_what_it_did_not_read_again(invoke: Invoke, broker: Broker) -> None:
    rig = KafkaRig(broker)
    topic = filled(rig)
    line = ("-s", broker.bootstrap, "tail", topic, "--key", "order-1", "--no-follow", "--json")
    first, second = invoke(*line), invoke(*line)
    assert len(first.out.splitlines()) == 10
    assert (second.out, first.err) == (first.out, "")
    told = "30 of 30 offsets were searched before; --no-cache searches them again.\n"
    assert second.err == told
    plain = invoke(*line, "--no-cache")
    assert (plain.out, plain.err) == (first.out, "")
    rig.close()


@pytest.mark.broker
def test_what_was_searched_is_shown_and_forgotten(invoke: Invoke, broker: Broker) -> None:
    rig = KafkaRig(broker)
    topic, other = filled(rig), filled(rig)
    for searched, key in ((topic, "order-1"), (topic, "absent"), (other, "order-1")):
        invoke("-s", broker.bootstrap, "tail", searched, "--key", key, "--no-follow")
    said = json.loads(invoke("cache", "--json").out)
    kept = {
        each["topic"]: (each["keys"], each["ranges"], each["offsets"]) for each in said["topics"]
    }
    assert kept == {topic: (2, 2, 60), other: (1, 1, 30)}
    assert 0 < said["size_bytes"] < said["max_bytes"]
    assert {each["cluster"] for each in said["topics"]} == {broker.cluster_id}
    assert invoke("cache", "clear", topic).err == f"{topic} is forgotten.\n"
    shown = invoke("cache").out
    assert topic not in shown
    assert other in shown
    (left,) = invoke("cache", "clear", "--json").documents
    assert left["topics"] == []
    rig.close()


@pytest.mark.broker
def test_a_topic_is_indexed_once_for_all_its_keys(invoke: Invoke, broker: Broker) -> None:
    rig = KafkaRig(broker)
    topic = filled(rig)
    indexed = invoke("-s", broker.bootstrap, "cache", "index", topic)
    said = f"{topic}: all 30 offsets are indexed, 30 new.\n"
    assert (indexed.code, indexed.out, indexed.err) == (0, said, "")
    for key in range(3):
        line = ("tail", topic, "--key", f"order-{key}", "--no-follow", "--json")
        found = invoke("-s", broker.bootstrap, *line)
        assert len(found.documents) == 10
        assert found.err.startswith("30 of 30 offsets were searched before")
    (kept,) = invoke("cache", "--json").document["topics"]
    assert (kept["topic"], kept["keys"], kept["indexed"]) == (topic, 0, 30)
    again = invoke("-s", broker.bootstrap, "cache", "index", topic, "--json")
    whole = {"topic": topic, "offsets": 30, "indexed": 30, "new": 0, "complete": True}
    assert again.document == whole
    rig.close()


@pytest.mark.broker
def test_nothing_is_indexed_without_a_cache_or_a_topic(invoke: Invoke, broker: Broker) -> None:
    rig = KafkaRig(broker)
    topic = filled(rig)
    line = ("-s", broker.bootstrap, "cache", "index")
    refused = invoke(*line, topic, "--no-cache")
    said = "kstory: With --no-cache nothing is remembered, so nothing can be indexed.\n"
    assert (refused.code, refused.out, refused.err) == (2, "", said)
    assert invoke(*line, "absent").code == 3
    rig.close()


def test_a_recording_cannot_be_indexed_again(invoke: Invoke, tmp_path: Path) -> None:
    rig = RecordingRig(tmp_path)
    topic = filled(rig)
    rig.close()
    refused = invoke("-s", tmp_path / "contract.kstory", "cache", "index", topic)
    assert (refused.code, refused.out) == (2, "")
    assert "needs no index on this machine" in refused.err
