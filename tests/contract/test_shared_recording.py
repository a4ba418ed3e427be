"""A recording that several write at once keeps the promises of every writer."""

import multiprocessing
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from readers.errors import SourceRefused
from readers.record import TopicPartition
from readers.recording import RecordingSink, RecordingSource
from readers.recording_shared import SharedRecordingSink
from readers.source import NewTopic, OnceWriter
from tests.contract.rigs import RecordingRig, Rig
from tests.contract.test_once_writers import (  # noqa: F401 - they run here on another rig
    numbered,
    test_a_missing_partition_refuses_all_of_an_append_and_the_write_goes_on,
    test_a_record_without_a_timestamp_gets_one,
    test_a_second_start_goes_on_where_the_first_was,
    test_a_write_begins_at_nothing,
    test_a_writer_can_be_closed_twice,
    test_a_writer_that_was_not_resumed_appends_nothing,
    test_an_append_of_nothing_changes_nothing,
    test_more_than_fifty_records_are_a_mistake,
    test_records_go_as_they_are,
    test_resuming_twice_tells_the_same,
    test_several_topics_and_partitions_go_in_one_append,
    test_what_is_appended_is_there_where_it_is_said,
    test_who_was_taken_over_from_cannot_append_any_more,
    test_writes_of_two_names_know_nothing_of_each_other,
    values,
)

TOPIC = "order-events"
AT = TopicPartition(TOPIC, 0)


class SharedRig(RecordingRig):
    """A file that is let go of after each call."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._sink.close()
        self._shared = SharedRecordingSink(folder / "contract.kstory")

    def topic(self, partitions: int = 1) -> str:
        name = f"events-{uuid.uuid4().hex[:12]}"
        self._shared.create_topics([NewTopic(name, partitions, {})])
        return name

    def once(self, name: str, progress_at: TopicPartition) -> OnceWriter:
        return self._shared.once(name, progress_at)

    def close(self) -> None:
        for source in self._opened:
            source.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = SharedRig(tmp_path)
    yield made
    made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "shared.kstory"
    SharedRecordingSink(path).create_topics([NewTopic(TOPIC, 1, {})])
    return path


def found(path: Path) -> list[int]:
    with closing(RecordingSource(path)) as source:
        return values(source, TOPIC)


def test_others_write_between_two_appends(path: Path) -> None:
    writer = SharedRecordingSink(path).once("plan", AT)
    writer.resume()
    writer.append(numbered(TOPIC, [0]))
    with closing(RecordingSink(path)) as other:
        other.write(numbered(TOPIC, [1]))
    SharedRecordingSink(path).write(numbered(TOPIC, [2]))
    (position,) = writer.append(numbered(TOPIC, [3]))
    assert position.offset == 3
    assert found(path) == [0, 1, 2, 3]


def test_who_holds_the_file_takes_the_write_over_too(path: Path) -> None:
    writer = SharedRecordingSink(path).once("plan", AT)
    writer.resume()
    writer.append(numbered(TOPIC, [0]))
    with closing(RecordingSink(path)) as sink:
        heir = sink.once("plan", AT)
        assert heir.resume().done == 1
        heir.append(numbered(TOPIC, [1]))
    with pytest.raises(SourceRefused, match="taken this over"):
        writer.append(numbered(TOPIC, [1]))
    assert found(path) == [0, 1]


def test_who_waits_too_long_is_refused_and_nothing_is_stored(path: Path) -> None:
    with (
        closing(RecordingSink(path)),
        pytest.raises(SourceRefused, match="another kstory"),
    ):
        SharedRecordingSink(path, wait_s=0.05).write(numbered(TOPIC, [0]))
    assert found(path) == []


def _write(path: Path, first: int) -> None:
    sink = SharedRecordingSink(path)
    for number in range(first, first + 40):
        sink.write(numbered(TOPIC, [number]))


def test_two_processes_write_and_nothing_is_lost(path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_write, args=(path, first)) for first in (0, 100)]
    for process in both:
        process.start()
    for process in both:
        process.join(30)
        assert process.exitcode == 0
    assert sorted(found(path)) == [*range(40), *range(100, 140)]
