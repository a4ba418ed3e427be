"""The corpus on a cluster and in a recording: unharmed, and each letter leads to its origin."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from readers.kafka import KafkaSource
from readers.kafka_writer import KafkaSink
from readers.record import Position, Record
from readers.recording import RecordingSink, RecordingSource
from readers.source import NewTopic, Sink, Source
from replay.deadletters.detection import find_letter_topics
from replay.deadletters.originals import Found, find_original, neighbours
from replay.deadletters.reading import read_letter
from tests.conftest import started_broker
from tests.contract.rigs import ANY_TIMESTAMP
from tests.corpus_records import corpus

NAMES = ("spring", "connect", "streams", "debezium", "schemas")
RECORDS = tuple(record for name in NAMES for record in corpus(name))
LETTERS = [record for record in RECORDS if read_letter(record).framework]


@pytest.fixture(
    scope="module", params=[pytest.param("kafka", marks=pytest.mark.broker), "recording"]
)
def source(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Source]:
    """The corpus under its own topics' names, so that origins are where letters say."""
    if request.param == "kafka":
        for broker in started_broker():
            with closing(KafkaSink(broker.bootstrap, {})) as sink:
                fill(sink)
            with closing(KafkaSource(broker.bootstrap, {})) as opened:
                yield opened
    else:
        path = tmp_path_factory.mktemp("corpus") / "corpus.kstory"
        with closing(RecordingSink(path)) as sink:
            fill(sink)
        with closing(RecordingSource(path)) as opened:
            yield opened


def fill(sink: Sink) -> None:
    counts = {record.topic: 0 for record in RECORDS}
    for record in RECORDS:
        counts[record.topic] = max(counts[record.topic], record.partition + 1)
    sink.create_topics([NewTopic(name, count, ANY_TIMESTAMP) for name, count in counts.items()])
    ordered = sorted(RECORDS, key=lambda record: record.position)
    assert sink.write(ordered) == tuple(record.position for record in ordered)


def everything(source: Source) -> dict[Position, Record]:
    names = {record.topic for record in RECORDS}
    spans = [span for info in source.topics(names) for span in info.spans]
    return {r.position: r for batch in source.read(spans) for r in batch.records}


def test_every_record_comes_out_as_it_went_in(source: Source) -> None:
    stored = everything(source)
    assert len(stored) == len(RECORDS)
    for record in RECORDS:
        assert stored[record.position] == record


def test_the_topics_with_letters_are_found(source: Source) -> None:
    found = {topic.name: (topic.why, topic.framework) for topic in find_letter_topics(source)}
    assert found == {
        "real-order-events-dlt": ("headers", "spring"),
        "real-order-retry-dlt": ("headers", "spring"),
        "real-connect-dlq": ("headers", "connect"),
        "real-streams-dlq": ("headers", "streams"),
    }


def test_every_letter_leads_to_its_original(source: Source) -> None:
    for record in LETTERS:
        found = find_original(source, read_letter(record))
        assert isinstance(found, Found), found
        assert found.record.key == record.key


def test_an_originals_neighbours_are_those_around_it(source: Source) -> None:
    around = neighbours(source, Position("real-order-events", 1, 3), 2)
    assert [record.offset for record in around] == [1, 2, 3, 4, 5]
    first = neighbours(source, Position("real-order-events", 1, 0), 2)
    assert [record.offset for record in first] == [0, 1, 2]
