"""The demo loaded into a real cluster and into a recording: both tell the same."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from readers.kafka import KafkaSource
from readers.kafka_writer import KafkaSink
from readers.record import Record, TopicPartition
from readers.recording import RecordingSink, RecordingSource
from readers.source import Source
from replay.demo.dataset import build_demo, write_records
from replay.event_json import event_json
from replay.reducers import order
from replay.reducers.loading import choose_reducer
from replay.story import Story, tell
from replay.story_search import StorySearch
from replay.stream_guess import guess_streams
from tests.broker.broker import Broker
from tui.render.story_json import story_document

END_MS = 1_795_435_200_000
DEMO = build_demo(END_MS)
(STREAM,) = guess_streams({record.topic for record in DEMO.records})


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("both") / "demo.kstory"
    with closing(RecordingSink(path)) as sink:
        write_records(sink, DEMO.records)
    return path


@pytest.fixture(scope="module")
def cluster(broker: Broker) -> str:
    with closing(KafkaSink(broker.bootstrap, {})) as sink:
        write_records(sink, DEMO.records)
    return broker.bootstrap


def _everything(source: Source) -> dict[str, list[list[Record]]]:
    """Each key's records, a list a partition, read once from the beginning."""
    found: dict[str, dict[TopicPartition, list[Record]]] = defaultdict(lambda: defaultdict(list))
    spans = [span for topic in source.topics(STREAM.all_topics) for span in topic.spans]
    for batch in source.read(spans):
        for record in batch.records:
            found[(record.key or b"").decode()][record.position.topic_partition].append(record)
    return {key: [by[place] for place in sorted(by)] for key, by in found.items()}


def _stories(records: dict[str, list[list[Record]]]) -> dict[str, Story]:
    stories = {}
    for key, partitions in records.items():
        events = [[STREAM.event(record) for record in part] for part in partitions]
        types = [e.type for part in events for e in part if not e.is_letter]
        stories[key] = tell(
            events,
            aggregate=key,
            stream=STREAM,
            topics=tuple(sorted(STREAM.all_topics)),
            reducer=choose_reducer(types),
            missing=None,
        )
    return stories


def _same(left: Story, right: Story) -> bool:
    return orjson.dumps(story_document(left)) == orjson.dumps(story_document(right))


def test_every_order_has_the_same_story_in_the_cluster_and_in_the_recording(
    cluster: str, recording: Path
) -> None:
    with closing(KafkaSource(cluster, {}, None)) as kafka:
        on_kafka = _stories(_everything(kafka))
    with closing(RecordingSource(recording)) as source:
        for key, story in on_kafka.items():
            search = StorySearch(source, STREAM, key)
            assert list(search.steps())
            assert _same(search.story(), story), key
    assert len(on_kafka) == 3_000


def test_the_state_at_every_event_is_the_fold_of_what_comes_before(recording: Path) -> None:
    with closing(RecordingSource(recording)) as source:
        stories = _stories(_everything(source))
    for story in stories.values():
        if story.fold.reducer.name != "order":
            continue
        state = order.initial(story.aggregate)
        for told in story.events:
            event = told.event
            if not (event.is_letter or event.error or "duplicate" in {m.value for m in told.marks}):
                state = order.reduce(state, event_json(event))
            assert story.fold.state(told.n).value == state, (story.aggregate, told.n)


def _kstory(*arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        capture_output=True, check=True, timeout=60, env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.parametrize("key", ["order-4711", "order-4242"])
def test_the_command_tells_the_same_of_both(cluster: str, recording: Path, key: str) -> None:
    on_kafka = _kstory("-s", cluster, "story", key, "--json")
    assert on_kafka == _kstory("-s", str(recording), "story", key, "--json")
    assert len(on_kafka["events"]) > 5
    assert on_kafka["complete"] is True
