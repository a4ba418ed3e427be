"""Writing into a recording once: who is kept out, for how long, and a disk that is full."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from readers.errors import SourceError, SourceRefused
from readers.record import Record, TopicPartition
from readers.recording import RecordingSink, RecordingSource
from readers.recording_file import open_to_write
from readers.source import NewTopic
from tests.awkward import awkward_record

TOPIC = "events"
HERE = TopicPartition(TOPIC, 0)
_HOLDER = """
import sys, time
from readers.recording import RecordingSink
sink = RecordingSink(sys.argv[1])
print("has it", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "once.kstory"
    with closing(RecordingSink(path)) as sink:
        sink.create_topics([NewTopic(TOPIC, 1, {})])
    return path


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes the recording."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)],
        cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "has it\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def numbered(*numbers: int) -> list[Record]:
    return [awkward_record(b"%d" % n)._replace(topic=TOPIC) for n in numbers]


def values(path: Path) -> list[bytes | None]:
    with closing(RecordingSource(path)) as source:
        spans = source.topics()[0].spans
        return [each.value for batch in source.read(spans) for each in batch.records]


def test_a_second_process_is_kept_out_while_another_writes(
    path: Path, holder: subprocess.Popen[str]
) -> None:
    started_s = time.monotonic()
    with pytest.raises(SourceRefused, match="being written by another kstory"):
        RecordingSink(path, wait_s=0.3)
    assert 0.3 <= time.monotonic() - started_s < 20


def test_one_that_waits_gets_it_when_the_other_is_killed(
    path: Path, holder: subprocess.Popen[str]
) -> None:
    threading.Timer(0.3, holder.kill).start()
    with closing(RecordingSink(path, wait_s=20)) as sink:
        writer = sink.once("plan", HERE)
        writer.resume()
        writer.append(numbered(0))
    assert values(path) == [b"0"]


def test_the_progress_stays_in_the_file(path: Path) -> None:
    for n in range(3):
        with closing(RecordingSink(path)) as sink:
            writer = sink.once("plan", HERE)
            assert writer.resume().done == n
            writer.append(numbered(n))
    assert values(path) == [b"0", b"1", b"2"]


def test_a_writer_whose_recording_was_closed_appends_nothing(path: Path) -> None:
    sink = RecordingSink(path)
    writer = sink.once("plan", HERE)
    writer.resume()
    sink.close()
    with pytest.raises(SourceError, match="Nothing of this was stored"):
        writer.append(numbered(0))
    assert values(path) == []


def test_a_full_disk_stores_neither_records_nor_progress(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_a_small_disk(where: str) -> sqlite3.Connection:
        connection = open_to_write(where)
        connection.execute("PRAGMA max_page_count = 20")
        return connection

    monkeypatch.setattr("readers.recording_sink.open_to_write", on_a_small_disk)
    with closing(RecordingSink(path)) as sink:
        writer = sink.once("plan", HERE)
        writer.resume()
        writer.append(numbered(0))
        large = awkward_record(b"x" * 500_000)._replace(topic=TOPIC)
        with pytest.raises(SourceRefused, match="no space left"):
            writer.append([*numbered(1), large])
        assert writer.resume().done == 1
        writer.append(numbered(2))
    assert values(path) == [b"0", b"2"]


def test_progress_that_kstory_did_not_note_is_refused(path: Path) -> None:
    with closing(RecordingSink(path)) as sink:
        sink.write_noting((), "once:plan", lambda _: "garbage")
        with pytest.raises(SourceRefused, match="not noted by kstory"):
            sink.once("plan", HERE).resume()
