"""`kstory record`: what is kept, what is said of the rest, and that it goes on."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from readers.errors import SourceError
from readers.record import Record
from readers.recording import RecordingSink, RecordingSource
from readers.source import NewTopic
from replay.transfer.recorder import Recorder
from tests.broker.broker import Broker
from tests.fakes import FakeSource, record_of, records_of
from tests.replay.transfer.places import everything, recorded, whole
from tests.tui.failing_shop import LETTERS, ORDERS, Shop
from tests.tui.invoked import Invoke
from tests.waiting import wait_until


def kept(path: Path | str) -> list[Record]:
    with closing(RecordingSource(path)) as source:
        return everything(source)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.kstory"
    recorded(path, "order-events", records_of(30), 3)
    return path


def test_topics_are_kept_as_they_are_and_accounted_for(invoke: Invoke, shop: Shop) -> None:
    found = invoke("-s", shop.source, "record", "a.kstory", ORDERS, "--json")
    assert found.code == 0
    manifest = found.document
    assert (manifest["records"], manifest["finished"], manifest["cut"]) == (6, True, [])
    assert [r["reached"] for r in manifest["topics"][0]["ranges"]] == [3, 3]
    again = invoke("-s", "a.kstory", "record", "b.kstory", "*-dlqshop*")
    assert kept("a.kstory") == kept("b.kstory")
    assert (again.code, again.out.splitlines()[0]) == (
        0,
        "6 records of 1 topic are kept in b.kstory.",
    )


def test_whole_stories_are_kept_by_a_key_of_a_stream(invoke: Invoke, shop: Shop) -> None:
    found = invoke(
        "-s", shop.source, "record", "a.kstory", "--key", "order-2", "--stream", ORDERS, "--json"
    )
    assert found.code == 0
    assert {r.topic for r in kept("a.kstory")} == {ORDERS, LETTERS}
    assert {r.key for r in kept("a.kstory")} == {b"order-2"}
    assert found.document["cut"] == ["Only some of the records were wanted, by keys and stream."]


def test_the_same_file_goes_on_behind_what_it_has(invoke: Invoke, source: Path) -> None:
    invoke("-s", source, "record", "a.kstory")
    with closing(RecordingSink(source)) as sink:
        sink.write([record_of(partition=1), record_of(partition=2)])
    found = invoke("-s", source, "record", "a.kstory", "--json")
    assert "going on behind it" in found.err
    assert found.document["records"] == 32
    assert kept("a.kstory") == kept(source)


def test_another_choice_is_added_to_the_same_file(invoke: Invoke, source: Path) -> None:
    invoke("-s", source, "record", "a.kstory", "order-events", "--key", "order-3")
    invoke("-s", source, "record", "a.kstory", "order-events", "--where", "value.amount < 2")
    assert [r.key for r in kept("a.kstory")] == [b"order-0", b"order-3", b"order-1"]


def test_bounds_are_told_as_cuts(invoke: Invoke, source: Path) -> None:
    found = invoke("-s", source, "record", "a.kstory", "--from", "4", "--until", "8", "--json")
    assert [r.offset for r in kept("a.kstory")] == [4, 5, 6, 7] * 3
    assert found.document["cut"] == [
        "order-events: 12 offsets before the start were not read.",
        "order-events: 6 offsets up to its end were not read.",
        "What came at or after 8 was not wanted.",
    ]


def test_what_retention_took_is_told(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "cut.kstory"
    recorded(path, "order-events", [record_of(offset=700)], 1)
    found = invoke("-s", path, "record", "a.kstory")
    assert "700 earlier offsets were gone from the source already" in found.out


def test_a_topic_made_again_does_not_mix_with_the_one_before(
    invoke: Invoke, source: Path, tmp_path: Path
) -> None:
    invoke("-s", source, "record", "a.kstory")
    other = tmp_path / "other.kstory"
    recorded(other, "order-events", records_of(3), 3)
    found = invoke("-s", other, "record", "a.kstory")
    assert (found.code, kept("a.kstory")) == (3, kept(source))
    assert "has records of another order-events" in found.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["a.kstory", "orders"], 3, "There is no topic 'orders'"),
        (["a.kstory", "nothing-*"], 3, "is like 'nothing-*'"),
        (["a.kstory", "--where", "amount >"], 2, "not valid CEL"),
        (["a.kstory", "--until", "-5"], 2, "--until takes end, an offset or a time."),
        (["a.kstory", "--follow", "--until", "end"], 2, "say one"),
        (["/proc/a.kstory"], 3, "/proc/a.kstory cannot be written"),
        (["."], 3, ". is a folder"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    invoke: Invoke, source: Path, arguments: list[str], code: int, said: str
) -> None:
    found = invoke("-s", source, "record", *arguments)
    assert (found.code, found.out, found.err.count("\n")) == (code, "", 1)
    assert said in found.err


def test_the_source_itself_is_not_written_to(invoke: Invoke, source: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.kstory"
    link.symlink_to(source)
    found = invoke("-s", source, "record", link)
    assert (found.code, found.err.count("is what is read")) == (2, 1)


def test_a_recording_of_a_newer_version_is_left_alone(
    invoke: Invoke, source: Path, tmp_path: Path
) -> None:
    newer = tmp_path / "newer.kstory"
    recorded(newer, "order-events", [], 3)
    with closing(sqlite3.connect(newer)) as database:
        database.execute("PRAGMA user_version = 99")
    found = invoke("-s", source, "record", newer)
    assert (found.code, "written by a newer kstory" in found.err) == (3, True)


def test_a_full_disk_is_told_and_what_was_stored_is_kept(tmp_path: Path) -> None:
    records = [record_of(partition=0, offset=n, value=b"x" * 2_000) for n in range(3_000)]
    source = FakeSource(records, partitions=1)
    path = tmp_path / "a.kstory"
    with closing(RecordingSink(path)) as sink:
        sink.create_topics([NewTopic("order-events", 1, {})])
        recorder = Recorder(source, sink, whole(source, "order-events"), clock_s=Tick(1.0))
        sink._connection.execute("PRAGMA max_page_count = 300")  # noqa: SLF001 - as a full disk
        with pytest.raises(Exception, match=r"no space left .* records are stored; the same"):
            list(recorder.steps(follow=False))
    stored = kept(path)
    assert 0 < len(stored) < 3_000
    with closing(RecordingSink(path)) as sink:
        assert list(Recorder(source, sink, whole(source, "order-events")).steps(follow=False))
    assert kept(path) == records


class Tick:
    """So many seconds between any two looks at it."""

    def __init__(self, step_s: float) -> None:
        self.now_s = 0.0
        self._step_s = step_s

    def __call__(self) -> float:
        self.now_s += self._step_s
        return self.now_s


def test_it_follows_until_ctrl_c_and_keeps_whole_batches(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.kstory"
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "-s", str(source), "record", str(target), "--follow"],
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    try:
        wait_until(lambda: stored(target) == 30)
        with closing(RecordingSink(source)) as sink:
            sink.write([record_of(partition=1, value=b"%d" % n) for n in range(500)])
        wait_until(lambda: len(kept(target)) == 530)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"Stopped; 530 records are kept" in said
    assert kept(target) == kept(source)


def test_killed_at_any_moment_the_file_is_whole_and_goes_on(tmp_path: Path) -> None:
    source, target = tmp_path / "source.kstory", tmp_path / "a.kstory"
    recorded(source, "order-events", records_of(40_000), 3)
    line = [sys.executable, "-m", "tui", "-s", str(source), "record", str(target)]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    dice, before = random.Random(3), 0
    for _ in range(5):
        kill_behind(line, target, before, dice.uniform(0, 0.05))
        before = stored(target)
        assert len(kept(target)) == before
    subprocess.run(line, check=True, env=environment, capture_output=True)
    assert kept(target) == kept(source)


def kill_behind(line: list[str], target: Path, count: int, pause_s: float) -> None:
    """Start it, and kill it a moment after the file has more records than these."""
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen(line, stderr=subprocess.DEVNULL, env=environment)
    wait_until(lambda: process.poll() is not None or stored(target) > count)
    time.sleep(pause_s)
    process.kill()
    process.wait()


def stored(path: Path) -> int:
    """How many records a recording has; none where it is about to be made."""
    try:
        with closing(RecordingSource(path)) as source:
            return sum(topic.offsets_count for topic in source.topics())
    except SourceError:
        return 0


@pytest.mark.broker
def test_a_cluster_is_not_recorded_whole_by_accident(invoke: Invoke, broker: Broker) -> None:
    found = invoke("-s", broker.bootstrap, "record", "a.kstory")
    assert (found.code, "Say which records of the cluster" in found.err) == (2, True)
    assert not Path("a.kstory").exists()


def test_what_is_read_is_stored_within_a_quarter_of_a_second(tmp_path: Path) -> None:
    source = FakeSource(records_of(10), partitions=3)
    path = tmp_path / "a.kstory"
    with closing(RecordingSink(path)) as sink:
        clock = Tick(0.02)
        recorder = Recorder(source, sink, whole(source, "order-events"), clock_s=clock)
        steps = recorder.steps(follow=True)
        for step in steps:
            if step.records == 10:
                break
        source.add(record_of(offset=4))
        began_s = clock.now_s
        while len(kept(path)) < 11:
            next(steps)
        assert clock.now_s - began_s < 0.25
        assert recorder.kept.records == 11


def test_a_stop_between_reading_and_storing_loses_nothing(tmp_path: Path) -> None:
    source = FakeSource(records_of(3_000), partitions=3, batch_size=100)
    path = tmp_path / "a.kstory"
    for stop_after in (1, 4, 9):
        with closing(RecordingSink(path)) as sink:
            recorder = Recorder(source, sink, whole(source, "order-events"), clock_s=lambda: 0.0)
            steps = recorder.steps(follow=False)
            for _ in range(stop_after):
                next(steps)
            assert recorder.kept.records == (len(kept(path)) if recorder.resumed else 0)
    with closing(RecordingSink(path)) as sink:
        list(Recorder(source, sink, whole(source, "order-events")).steps(follow=False))
    assert kept(path) == sorted(records_of(3_000), key=lambda record: record[:3])
