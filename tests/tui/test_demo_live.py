"""`kstory demo --live`, and the demo behind the screen: what is sent back is put right."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from readers.errors import SourceRefused, UsageError
from readers.kafka import KafkaSource
from readers.kafka_writer import KafkaSink
from readers.profiles import SourceSpec
from readers.record import Record
from readers.recording import RecordingSink, RecordingSource
from readers.source import Source
from replay.demo.catalog import ORDERS, UNSTOCKED_KEY
from replay.demo.dataset import write_demo
from replay.demo.running import demo_in, order_records
from tests.broker.broker import Broker
from tests.broker.snapshot import settle, take_snapshot
from tests.replay.demo.shop import END_MS, NO_STOCK, letters, sent_back
from tests.tui.terminal import Terminal
from tests.waiting import soon, wait_until
from tui.commands.demo import demo_file, running

KEY = UNSTOCKED_KEY.encode()
HERO = next(letter for letter in letters(NO_STOCK) if letter.key == KEY)


def kstory(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip


@contextmanager
def live(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command once it says that it goes on; it is stopped by Ctrl-C."""
    process = kstory("demo", *arguments, "--live")
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "Ctrl-C stops" in line:
                break
        yield process
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 130, told
    finally:
        process.kill()
        process.communicate()


def failed(*arguments: str) -> tuple[int, str]:
    process = kstory("demo", *arguments)
    _, told = process.communicate(timeout=60)
    return process.returncode, told


def send(path: Path, record: Record) -> None:
    """As another program does that finds the file free in the end."""

    def sends() -> bool:
        try:
            sink = RecordingSink(path)
        except SourceRefused:
            return False
        with closing(sink):
            sink.write([record])
        return True

    wait_until(sends, every_s=0.01)


def is_shipped(source: Source) -> bool:
    return any(b'"SHIPPED"' in (record.value or b"") for record in order_records(source, KEY))


def orders_count(source: Source) -> int:
    (topic,) = source.topics([ORDERS])
    return topic.offsets_count


def test_what_is_sent_back_to_a_kept_demo_is_put_right_without_a_screen(tmp_path: Path) -> None:
    path = tmp_path / "demo.kstory"
    with live("--file", str(path)):
        send(path, sent_back(HERO))
        with closing(RecordingSource(path)) as source:
            wait_until(lambda: is_shipped(source))
        assert failed("--file", str(path), "--live")[0] == 3
    assert sorted(tmp_path.iterdir()) == [path]


def test_what_was_sent_back_meanwhile_is_put_right_when_the_demo_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "demo.kstory"
    written = write_demo(path, end_ms=END_MS)
    send(path, sent_back(HERO))
    with live("--file", str(path)), closing(RecordingSource(path)) as source:
        wait_until(lambda: is_shipped(source))
        found = demo_in(source, END_MS)
    assert found is not None
    assert found.next_number > written.next_number


def test_what_is_sent_back_to_a_cluster_is_put_right_there(own_broker: Broker) -> None:
    settle(own_broker.bootstrap)
    before = take_snapshot(own_broker.bootstrap)
    arguments = ("--to", own_broker.bootstrap, "--allow-writes")
    with closing(KafkaSource(own_broker.bootstrap, {})) as source:
        with live(*arguments), closing(KafkaSink(own_broker.bootstrap, {})) as sink:
            sink.write([sent_back(HERO)])
            wait_until(lambda: is_shipped(source))
        written = orders_count(source)
        with live(*arguments):
            wait_until(lambda: orders_count(source) > written)
        assert orders_count(source) < 1.5 * written
    after = take_snapshot(own_broker.bootstrap)
    assert (after.groups, after.committed) == (before.groups, before.committed)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--live",), 2, "--file FILE or --to SOURCE"),
        (("--live", "--file", "x.kstory", "--to", "localhost:1"), 2, "--file or --to"),
        (("--live", "--to", "localhost:1"), 2, "--allow-writes"),
    ],
)
def test_wrong_use_is_one_sentence(arguments: tuple[str, ...], code: int, sentence: str) -> None:
    returned, told = failed(*arguments)
    assert returned == code
    assert sentence in told
    assert len(told.strip().splitlines()) == 1


def test_a_recording_that_holds_no_demo_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "mine.kstory"
    RecordingSink(path).close()
    before = path.read_bytes()
    with pytest.raises(UsageError, match="holds no demo"), demo_file(path):
        pass
    assert path.read_bytes() == before


def test_without_a_terminal_a_kept_demo_is_shown_and_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "demo.kstory"
    write_demo(path, end_ms=END_MS)
    before = path.read_bytes()
    process = kstory("demo", "--file", str(path))
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "order-4711" in out
    assert path.read_bytes() == before


def test_leaving_the_screen_stops_the_demo_at_once(tmp_path: Path) -> None:
    path = tmp_path / "demo.kstory"
    demo = write_demo(path, end_ms=END_MS)
    with ExitStack() as screen:
        screen.enter_context(running(SourceSpec("recording", str(path)), demo))
        with closing(RecordingSource(path)) as source:
            written = len(demo.records)
            wait_until(lambda: sum(t.offsets_count for t in source.topics()) > written)
        with soon():
            screen.close()


def test_why_the_demo_did_not_go_on_is_said_when_the_screen_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "demo.kstory"
    demo = write_demo(path, end_ms=END_MS)
    path.write_bytes(b"no recording any more")
    with running(SourceSpec("recording", str(path)), demo):
        pass
    assert "The demo did not go on: " in capsys.readouterr().err


def test_the_demo_behind_the_screen_takes_what_is_sent_back(tmp_path: Path) -> None:
    path = tmp_path / "demo.kstory"
    write_demo(path, end_ms=END_MS)
    with Terminal("demo", "--file", str(path), folder=str(tmp_path)) as terminal:
        terminal.wait_for("order-events")
        send(path, sent_back(HERO))
        with closing(RecordingSource(path)) as source:
            wait_until(lambda: terminal.read(0.01) is None and is_shipped(source))
        terminal.press("q")
        assert terminal.leave() == 0
