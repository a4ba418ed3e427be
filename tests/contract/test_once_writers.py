"""What every writer that writes once promises, whatever is behind it."""

import uuid
from collections.abc import Iterable

import pytest

from readers.errors import SourceError, SourceRefused, TakenOver
from readers.record import Record, TopicPartition
from readers.source import APPEND_RECORDS_MAX, OnceWriter, Progress, Source
from tests.awkward import awkward_record
from tests.contract.rigs import Rig, committed


def numbered(topic: str, numbers: Iterable[int], partitions: int = 1) -> list[Record]:
    return [
        awkward_record(b"%d" % n, partition=n % partitions)._replace(topic=topic) for n in numbers
    ]


def values(source: Source, topic: str) -> list[int]:
    """The numbers in a topic, by partition and then by offset."""
    found = sorted(committed(source, topic), key=lambda each: (each.partition, each.offset))
    return [int(each.value or b"-1") for each in found]


class Write:
    """One name's write into one topic, started as often as one likes."""

    def __init__(self, rig: Rig, partitions: int = 1) -> None:
        self.rig = rig
        self.topic = rig.topic(partitions)
        self.letters = TopicPartition(rig.topic(), 0)
        self.name = uuid.uuid4().hex

    def start(self) -> OnceWriter:
        return self.rig.once(self.name, self.letters)

    def started(self) -> OnceWriter:
        writer = self.start()
        writer.resume()
        return writer


def test_a_write_begins_at_nothing(rig: Rig) -> None:
    assert Write(rig).start().resume() == Progress(0, ())


def test_what_is_appended_is_there_where_it_is_said(rig: Rig) -> None:
    write = Write(rig, partitions=3)
    records = numbered(write.topic, range(7), partitions=3)
    positions = write.started().append(records)
    stored = {each.position: each for each in committed(rig.open(), write.topic)}
    assert [stored[at].value for at in positions] == [each.value for each in records]
    assert len(stored) == 7


def test_an_append_takes_as_many_offsets_more_as_it_says(rig: Rig) -> None:
    write = Write(rig)
    writer = write.started()
    (first,) = writer.append(numbered(write.topic, [0]))
    (second,) = writer.append(numbered(write.topic, [1]))
    assert second.offset - first.offset == 1 + writer.marker_offsets


def test_a_second_start_goes_on_where_the_first_was(rig: Rig) -> None:
    write = Write(rig)
    first = write.started()
    first.append(numbered(write.topic, [0, 1]))
    last = first.append(numbered(write.topic, [2]))
    second = write.start()
    assert second.resume() == Progress(3, last)
    second.append(numbered(write.topic, [3]))
    assert values(rig.open(), write.topic) == [0, 1, 2, 3]
    assert write.start().resume().done == 4


def test_resuming_twice_tells_the_same(rig: Rig) -> None:
    write = Write(rig)
    writer = write.started()
    writer.append(numbered(write.topic, [0]))
    assert writer.resume() == writer.resume()
    writer.append(numbered(write.topic, [1]))
    assert values(rig.open(), write.topic) == [0, 1]


def test_who_was_taken_over_from_cannot_append_any_more(rig: Rig) -> None:
    write = Write(rig)
    zombie = write.started()
    zombie.append(numbered(write.topic, [0]))
    heir = write.started()
    with pytest.raises(TakenOver, match="nother kstory has taken this over"):
        zombie.append(numbered(write.topic, [1]))
    with pytest.raises(SourceError):
        zombie.append(numbered(write.topic, [1]))
    heir.append(numbered(write.topic, [1]))
    assert values(rig.open(), write.topic) == [0, 1]
    assert write.start().resume().done == 2


def test_a_writer_that_was_not_resumed_appends_nothing(rig: Rig) -> None:
    write = Write(rig)
    with pytest.raises(SourceError):
        write.start().append(numbered(write.topic, [0]))
    assert values(rig.open(), write.topic) == []


def test_writes_of_two_names_know_nothing_of_each_other(rig: Rig) -> None:
    one, other = Write(rig), Write(rig)
    writers = [one.started(), other.started()]
    for write, writer in zip((one, other, one), (*writers, writers[0]), strict=True):
        writer.append(numbered(write.topic, [7]))
    assert one.start().resume().done == 2
    assert other.start().resume().done == 1


def test_an_append_of_nothing_changes_nothing(rig: Rig) -> None:
    write = Write(rig)
    writer = write.started()
    last = writer.append(numbered(write.topic, [0]))
    assert writer.append([]) == ()
    assert write.start().resume() == Progress(1, last)


@pytest.mark.parametrize("count", [1, 2, APPEND_RECORDS_MAX])
def test_several_topics_and_partitions_go_in_one_append(rig: Rig, count: int) -> None:
    write = Write(rig, partitions=3)
    topics = [write.topic, rig.topic(2)]
    records = [
        awkward_record(b"%d" % n, partition=n % 2)._replace(topic=topics[n % 3 % 2])
        for n in range(count)
    ]
    positions = write.started().append(records)
    assert write.start().resume() == Progress(count, positions)
    assert sorted(n for topic in topics for n in values(rig.open(), topic)) == list(range(count))
    for topic in topics:
        for partition in range(2):
            mine = [
                int(each.value or b"")
                for each in committed(rig.open(), topic)
                if each.partition == partition
            ]
            assert mine == sorted(mine)


def test_records_go_as_they_are(rig: Rig) -> None:
    write = Write(rig)
    headers = (("a", b"1"), ("b", None), ("a", b"\xff\x00"), ("a", b"1"), ("c", b""))
    records = [
        awkward_record(value, key=key, headers=given)._replace(topic=write.topic)
        for key in (None, b"", b"\xff\x00key")
        for value in (None, b"", b"\xfe\x00")
        for given in ((), headers)
    ]
    positions = write.started().append(records)
    placed = [each._replace(offset=at.offset) for each, at in zip(records, positions, strict=True)]
    assert committed(rig.open(), write.topic) == placed


def test_a_record_without_a_timestamp_gets_one(rig: Rig) -> None:
    write = Write(rig)
    record = awkward_record(timestamp_ms=None)._replace(topic=write.topic)
    write.started().append([record])
    (stored,) = committed(rig.open(), write.topic)
    assert stored.timestamp_ms is not None
    assert stored.timestamp_ms > 1_700_000_000_000


def test_a_missing_partition_refuses_all_of_an_append_and_the_write_goes_on(rig: Rig) -> None:
    write = Write(rig)
    writer = write.started()
    writer.append(numbered(write.topic, [0]))
    wrong = awkward_record(b"1", partition=7)._replace(topic=write.topic)
    with pytest.raises(SourceRefused):
        writer.append([*numbered(write.topic, [1]), wrong])
    assert values(rig.open(), write.topic) == [0]
    writer.append(numbered(write.topic, [1]))
    assert values(rig.open(), write.topic) == [0, 1]
    assert write.start().resume().done == 2


def test_more_than_fifty_records_are_a_mistake(rig: Rig) -> None:
    write = Write(rig)
    with pytest.raises(ValueError, match="51 records"):
        write.started().append(numbered(write.topic, range(APPEND_RECORDS_MAX + 1)))


def test_a_writer_can_be_closed_twice(rig: Rig) -> None:
    write = Write(rig)
    writer = write.started()
    writer.append(numbered(write.topic, [0]))
    writer.close()
    writer.close()
    assert write.start().resume().done == 1
