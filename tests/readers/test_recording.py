"""A recording keeps what it is given, survives what happens to files, and says what is wrong."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from readers.errors import KstoryError, NotARecording, SourceRefused
from readers.record import Position, Record, Span, TimestampType, TopicPartition
from readers.recording import BATCH_BYTES, RecordingSink, RecordingSource
from readers.source import NewTopic

CREATE = TimestampType.CREATE


def record(
    value: bytes | None = b"v", *, key: bytes | None = b"k", partition: int = 0, at: int = 1000
) -> Record:
    return Record("events", partition, 0, at, CREATE, key, value, ())


def everything(source: RecordingSource, topic: str = "events") -> list[Record]:
    (info,) = source.topics([topic])
    return [r for batch in source.read(info.spans) for r in batch.records]


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "a recording #1?.kstory")


@pytest.fixture
def sink(path: str) -> Iterator[RecordingSink]:
    sink = RecordingSink(path)
    sink.create_topics([NewTopic("events", 3, {"cleanup.policy": "compact,delete"})])
    yield sink
    sink.close()


@pytest.fixture
def source(sink: RecordingSink, path: str) -> Iterator[RecordingSource]:
    source = RecordingSource(path)
    yield source
    source.close()


AWKWARD = [
    Record("events", 0, 0, 1, CREATE, None, None, ()),
    Record("events", 0, 1, 0, TimestampType.APPEND, b"", b"", (("", b""),)),
    Record("events", 0, 2, -5, CREATE, b"\xff\x00", b"\x00\xfe", (("a", None), ("a", b"1"))),
    Record("events", 0, 3, None, None, b"k", b"v", (("a", b"2"), ("a", None), ("b", b"\xff"))),
    Record("events", 0, 4, 253402300799999, CREATE, b"k", b"[red]\x1b]0;x\x07", ()),
    Record("events", 0, 5, 2**63 - 1, CREATE, b"k", b"v", (("bad \udcff name", b"x"),)),
    Record("events", 0, 6, -(2**63), CREATE, b"k" * 100_000, b"v", (("日本", "語".encode()),)),
    Record("events", 0, 7, 9, CREATE, b"k", bytes(20 * 1024 * 1024), ()),
]


def test_awkward_records_come_back_as_they_were(
    sink: RecordingSink, source: RecordingSource
) -> None:
    sink.write(AWKWARD)
    assert everything(source) == AWKWARD


def test_write_appends_and_ignores_the_offsets_it_is_given(sink: RecordingSink) -> None:
    first = sink.write([record()._replace(offset=70), record(partition=2)])
    assert first == (Position("events", 0, 0), Position("events", 2, 0))
    assert sink.write([record()]) == (Position("events", 0, 1),)


def test_store_keeps_offsets_and_leaves_what_is_there(
    sink: RecordingSink, source: RecordingSource
) -> None:
    kept = [record(b"%d" % offset)._replace(offset=offset) for offset in (798, 800, 5000)]
    assert sink.store(kept) == 3
    assert sink.store([kept[1]._replace(value=b"other"), kept[2]]) == 0
    assert everything(source) == kept
    (bounds, *_) = source.topics()[0].partitions
    assert (bounds.start, bounds.end_exclusive) == (798, 5001)


def test_store_fills_in_what_lies_before(sink: RecordingSink, source: RecordingSource) -> None:
    sink.store([record(at=50)._replace(offset=3000)])
    sink.store([record(at=90)._replace(offset=10), record(at=40)._replace(offset=11)])
    assert [r.offset for r in everything(source)] == [10, 11, 3000]
    partition = TopicPartition("events", 0)
    assert source.offsets_at(45, [partition]) == {partition: 10}


def test_a_write_after_a_store_goes_on_at_the_end(sink: RecordingSink) -> None:
    sink.store([record()._replace(offset=41)])
    assert sink.write([record()]) == (Position("events", 0, 42),)


def test_a_topic_says_its_size_its_last_write_and_that_it_is_compacted(
    sink: RecordingSink, source: RecordingSource
) -> None:
    sink.write([record(b"12345", at=7), record(b"", at=3), record(b"1", partition=1, at=5)])
    (topic,) = source.topics()
    assert (topic.size_bytes, topic.last_write_ms, topic.compacted) == (9, 7, True)
    assert [bounds.end_exclusive for bounds in topic.partitions] == [2, 1, 0]


def test_offsets_at_finds_the_first_record_at_or_after_a_time(
    sink: RecordingSink, source: RecordingSource
) -> None:
    sink.write([record(at=at) for at in (10, 30, 20, *range(100, 2100), 15)])
    partition, empty = TopicPartition("events", 0), TopicPartition("events", 1)
    found = {at: source.offsets_at(at, [partition])[partition] for at in (0, 11, 31, 2000, 9999)}
    assert found == {0: 0, 11: 1, 31: 3, 2000: 1903, 9999: 2004}
    assert source.offsets_at(2**70, [partition, empty]) == {partition: 2004, empty: 0}


def test_a_batch_is_bounded_by_bytes(sink: RecordingSink, source: RecordingSource) -> None:
    sink.write([record(bytes(1024 * 1024)) for _ in range(12)])
    batches = list(source.read([Span("events", 0, 0, 12)]))
    assert max(sum(r.size_bytes for r in b.records) for b in batches) <= BATCH_BYTES + 2**20
    assert sum(len(b.records) for b in batches) == 12


def test_a_read_says_how_far_it_came_past_gaps(
    sink: RecordingSink, source: RecordingSource
) -> None:
    sink.store([record()._replace(offset=offset) for offset in range(0, 9000, 2)])
    partition = TopicPartition("events", 0)
    reached = [b.reached[partition] for b in source.read([Span("events", 0, 0, 9000)])]
    assert reached == [3999, 7999, 9000]


def test_a_key_is_read_from_the_index_null_and_empty_apart(
    sink: RecordingSink, source: RecordingSource
) -> None:
    keys = [b"a", None, b"", b"b", None, b"a"]
    sink.write([record(key=key, partition=i % 2) for i, key in enumerate(keys)])
    spans = source.topics()[0].spans

    def found(key: bytes | None) -> list[tuple[int, int]]:
        batches = source.read_key(key, spans)
        return [(r.partition, r.offset) for batch in batches for r in batch.records]

    assert found(b"a") == [(0, 0), (1, 2)]
    assert (found(None), found(b"")) == ([(0, 2), (1, 0)], [(0, 1)])


def test_follow_brings_what_is_written_later(sink: RecordingSink, source: RecordingSource) -> None:
    sink.write([record(b"1"), record(b"2")])
    steps = source.follow([Position("events", 0, 1)])
    assert [r.value for r in next(steps).records] == [b"2"]
    assert next(steps).records == ()
    sink.write([record(b"elsewhere", partition=1), record(b"3")])
    later = [r.value for batch in islice(steps, 3) for r in batch.records]
    assert later == [b"3"]


def test_an_unknown_partition_is_refused_by_name(
    sink: RecordingSink, source: RecordingSource
) -> None:
    with pytest.raises(SourceRefused, match="no partition events:9"):
        list(source.read([Span("events", 9, 0, 1)]))
    with pytest.raises(SourceRefused, match="no partition none:0"):
        sink.write([record()._replace(topic="none")])


def test_a_refused_write_leaves_nothing(sink: RecordingSink, source: RecordingSource) -> None:
    with pytest.raises(SourceRefused):
        sink.write([record(), record(partition=9)])
    assert everything(source) == []
    assert sink.write([record()]) == (Position("events", 0, 0),)


def test_making_a_topic_again_keeps_it_and_refuses_another_width(sink: RecordingSink) -> None:
    sink.create_topics([NewTopic("events", 3, {})])
    with pytest.raises(SourceRefused, match="has 3 partitions, not 4"):
        sink.create_topics([NewTopic("events", 4, {})])


def test_a_refused_topic_leaves_the_ones_beside_it_unmade(
    sink: RecordingSink, source: RecordingSource
) -> None:
    with pytest.raises(SourceRefused):
        sink.create_topics([NewTopic("new", 1, {}), NewTopic("events", 4, {})])
    assert [topic.name for topic in source.topics()] == ["events"]
    sink.create_topics([NewTopic("new", 1, {})])
    assert [topic.name for topic in source.topics()] == ["events", "new"]


def test_a_second_writer_is_refused(sink: RecordingSink, path: str) -> None:
    with pytest.raises(SourceRefused, match="being written by another kstory"):
        RecordingSink(path)


def test_a_writer_follows_one_that_left_and_the_identity_stays(path: str) -> None:
    ids = set()
    for _ in range(2):
        sink = RecordingSink(path)
        sink.create_topics([NewTopic("events", 1, {})])
        sink.write([record()])
        sink.close()
        source = RecordingSource(path)
        ids.add((source.cluster_id, source.topics()[0].topic_id))
        source.close()
    assert len(ids) == 1


def test_a_finished_recording_is_one_file(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "done.kstory")
    sink.close()
    assert [p.name for p in tmp_path.iterdir()] == ["done.kstory"]


def test_reading_leaves_no_lock_that_stops_a_checkpoint(
    sink: RecordingSink, source: RecordingSource, path: str
) -> None:
    sink.write([record(bytes(5_000_000)) for _ in range(3)])
    steps = source.read([Span("events", 0, 0, 3)])
    next(steps)
    other = sqlite3.connect(path)
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    other.close()


# --- processes ---

WRITER = textwrap.dedent("""
    import sys
    from readers.record import Record, TimestampType
    from readers.recording import RecordingSink
    from readers.source import NewTopic
    sink = RecordingSink(sys.argv[1])
    sink.create_topics([NewTopic("events", 3, {})])
    while True:
        batch = [Record("events", i % 3, 0, i, TimestampType.CREATE, b"k", b"v" * 300, ())
                 for i in range(50)]
        print(*(str(p) for p in sink.write(batch)), flush=True)
""")
READER = textwrap.dedent("""
    import sys
    from readers.recording import RecordingSource
    source = RecordingSource(sys.argv[1])
    best = 0
    while best < int(sys.argv[2]):
        seen = 0
        for batch in source.read(source.topics(["events"])[0].spans):
            seen += len(batch.records)
        assert seen >= best, (seen, best)
        best = seen
""")
ROOT = Path(__file__).parents[2]


def start(code: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *args], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def lines_until_killed(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    lines = list(islice(process.stdout, count))
    process.kill()
    # A line cut off by the kill was never acknowledged.
    rest = [line for line in process.stdout if line.endswith("\n")]
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    return lines + rest


def test_a_killed_writer_loses_nothing_it_acknowledged(path: str) -> None:
    acknowledged: set[str] = set()
    for lines_before in (1, 7, 19, 30):
        lines = lines_until_killed(start(WRITER, path), lines_before)
        acknowledged.update(position for line in lines for position in line.split())
        source = RecordingSource(path)
        stored = [str(r.position) for r in everything(source)]
        assert acknowledged <= set(stored)
        assert len(stored) == len(set(stored)) == source.topics()[0].offsets_count
        source.close()
    sink = RecordingSink(path)
    assert str(sink.write([record()])[0]) not in acknowledged
    sink.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_many_processes_read_while_one_writes(path: str) -> None:
    writer = start(WRITER, path)
    assert writer.stdout is not None
    writer.stdout.readline()
    readers = [start(READER, path, "2000") for _ in range(3)]
    for _ in range(80):
        writer.stdout.readline()
    assert [reader.wait(timeout=60) for reader in readers] == [0, 0, 0]
    for process in readers:
        assert process.stdout is not None
        process.stdout.close()
    lines_until_killed(writer, 1)


# --- files that are no recording, or somebody else's ---


@pytest.fixture
def finished(path: str) -> str:
    sink = RecordingSink(path)
    sink.create_topics([NewTopic("events", 3, {})])
    sink.write([record(b"%d" % n * 50, key=b"%d" % n, partition=n % 3) for n in range(2000)])
    sink.close()
    return path


def read_all(path: str) -> list[Record]:
    with closing(RecordingSource(path)) as source:
        return everything(source)


def change(path: str, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_missing_file_and_a_folder_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotARecording, match="There is no recording at"):
        RecordingSource(tmp_path / "none")
    with pytest.raises(NotARecording, match="is a folder"):
        RecordingSource(tmp_path)
    with pytest.raises(NotARecording, match="is a folder"):
        RecordingSink(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotARecording, match="not a regular file"):
        RecordingSource(tmp_path / "pipe")


@pytest.mark.parametrize("kind", [RecordingSource, RecordingSink])
def test_another_kind_of_file_is_said_so_and_kept(
    path: str, kind: type[RecordingSource] | type[RecordingSink]
) -> None:
    Path(path).write_bytes(b'{"not": "a recording"}\n' * 500)
    with pytest.raises(NotARecording, match="no SQLite file"):
        kind(path)
    assert Path(path).stat().st_size == 23 * 500


def test_an_empty_file_is_no_recording_but_can_become_one(path: str) -> None:
    Path(path).touch()
    with pytest.raises(NotARecording, match="no recording of kstory's"):
        RecordingSource(path)
    RecordingSink(path).close()
    RecordingSource(path).close()


@pytest.mark.parametrize("kind", [RecordingSource, RecordingSink])
def test_somebody_elses_database_is_said_so(
    path: str, kind: type[RecordingSource] | type[RecordingSink]
) -> None:
    change(path, "CREATE TABLE records (x)")
    with pytest.raises(NotARecording, match="no recording of kstory's"):
        kind(path)


def test_a_newer_version_asks_for_an_upgrade(finished: str) -> None:
    change(finished, "PRAGMA user_version = 99")
    with pytest.raises(NotARecording, match=r"newer kstory \(format 99"):
        RecordingSource(finished)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW more AS SELECT * FROM records",
        "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records; END",
        "CREATE TABLE other (x)",
        "DROP INDEX records_by_key",
    ],
)
def test_a_file_with_another_schema_is_not_opened(finished: str, statement: str) -> None:
    change(finished, statement)
    with pytest.raises(NotARecording, match="so it is not opened"):
        RecordingSource(finished)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET headers = x'01' WHERE offset = 3",
        "UPDATE records SET headers = x'ffffffffffffffff' WHERE offset = 3",
        "UPDATE records SET headers = x'00000000feffffff' WHERE offset = 3",
        "UPDATE records SET timestamp_type = 7 WHERE offset = 3",
        "UPDATE partitions SET start_offset = -1",
        "UPDATE partitions SET next_offset = -9",
        "UPDATE topics SET config = '[1]'",
        "UPDATE topics SET config = '{'",
        "UPDATE topics SET name = cast(x'ff' AS TEXT)",
    ],
)
def test_impossible_values_are_damage(finished: str, statement: str) -> None:
    change(finished, statement)
    with pytest.raises(NotARecording, match="is damaged"):
        read_all(finished)


def test_flipped_bytes_end_in_a_sentence_or_in_records(finished: str) -> None:
    whole = Path(finished).read_bytes()
    refused = 0
    for at in range(0, len(whole), len(whole) // 120):
        Path(finished).write_bytes(whole[:at] + bytes(64 * [0xA5]) + whole[at + 64 :])
        try:
            read_all(finished)
        except KstoryError:
            refused += 1
    assert refused > 10


def test_a_file_cut_short_is_damaged(finished: str) -> None:
    whole = Path(finished).read_bytes()
    Path(finished).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotARecording, match="damaged"):
        read_all(finished)


AS_NOBODY = textwrap.dedent("""
    import os, sys
    from readers.errors import KstoryError
    from readers.recording import RecordingSink, RecordingSource
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        if sys.argv[2] == "write":
            RecordingSink(sys.argv[1])
        source = RecordingSource(sys.argv[1])
        print(sum(t.offsets_count for t in source.topics()))
    except KstoryError as error:
        print(error)
""")


@pytest.fixture
def read_only(finished: str, tmp_path: Path) -> Iterator[str]:
    """A recording in a folder where a plain user may only read."""
    folders = [tmp_path, *list(tmp_path.parents)[:2]]
    modes = [folder.stat().st_mode for folder in folders]
    for folder in folders:
        folder.chmod(0o555)
    Path(finished).chmod(0o444)
    yield finished
    for folder, mode in zip(folders, modes, strict=True):
        folder.chmod(mode)


def said_by_nobody(path: str, what: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", AS_NOBODY, path, what],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    ).stdout


def test_a_finished_recording_is_read_where_nothing_may_be_written(read_only: str) -> None:
    assert said_by_nobody(read_only, "read") == "2000\n"
    assert "check" in said_by_nobody(read_only, "write")


def test_a_recording_in_wal_mode_is_read_where_nothing_may_be_written(read_only: str) -> None:
    Path(read_only).chmod(0o644)
    change(read_only, "PRAGMA journal_mode = WAL")
    Path(read_only).chmod(0o444)
    assert said_by_nobody(read_only, "read") == "2000\n"


def test_a_recording_that_may_not_be_read_says_so(read_only: str) -> None:
    Path(read_only).chmod(0o000)
    assert "may not be read; check its permissions" in said_by_nobody(read_only, "read")
