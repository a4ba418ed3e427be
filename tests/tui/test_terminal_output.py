"""The whole app in a real terminal: no byte of a record acts on it, and it is left as it was."""

import re
import signal
from contextlib import closing
from pathlib import Path

import pytest

from readers.recording import RecordingSink
from readers.source import NewTopic
from replay.demo.dataset import write_demo
from tests.awkward import PARTITIONS, awkward_record, awkward_records
from tests.tui.terminal import Terminal

HOSTILE_TOPIC = "evil\x1b]0;owned\x07[red][@click=app.quit]x[/]\u202e"
CANARY = b"c4n4ry"
_SEQUENCE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC
    rb"|\x1bP[^\x1b]*\x1b\\"  # DCS
    rb"|\x1b[()][0-9A-B]|\x1b[=>78HMc]"
)
_ACTING = re.compile(
    "[\x00-\x07\x0b-\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069]"
)
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l")


def _kind(sequence: bytes) -> bytes:
    """A sequence without its numbers: what it makes a terminal do, not where or how much."""
    return re.sub(rb"[0-9;:]+", b"#", sequence) if sequence.startswith(b"\x1b[") else sequence


def _tour(path: Path, records: int, folder: Path) -> bytes:
    """Look at every record of the first topic in every view, and its story; give the bytes."""
    with Terminal("-s", str(path), folder=str(folder)) as terminal:
        terminal.wait_for("awk")
        terminal.press("\r")
        terminal.wait_for("following")
        terminal.read(0.3)
        terminal.press("\r")  # the detail pane
        for _ in range(records):
            for key in ("\x1b[A", "x", "x"):
                terminal.press(key)
                terminal.read(0.02)
        terminal.read(0.3)
        terminal.press("s")
        terminal.wait_for("state at")
        for _ in range(records):
            terminal.press("\x1b[A")
            terminal.read(0.02)
        terminal.press("?")
        terminal.wait_for("Esc closes")
        terminal.press("\x1b")
        terminal.wait_for("state at")  # with the next key at once it would be another key
        terminal.press("q")
        assert terminal.leave() == 0
        return bytes(terminal.raw)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("terminal")


def _recording(path: Path, *, hostile: bool) -> Path:
    topics = [NewTopic("awkward", PARTITIONS, {"retention.ms": "-1"})]
    if hostile:
        topics.append(NewTopic(HOSTILE_TOPIC, 1, {}))
    with closing(RecordingSink(path)) as sink:
        sink.create_topics(topics)
        if hostile:
            sink.write(awkward_records("awkward"))
            sink.write(
                [awkward_record(b"\x1b]52;c;" + CANARY + b"\x07")._replace(topic=HOSTILE_TOPIC)]
            )
        else:
            sink.write([awkward_record(b'{"type":"Plain","n":%d}' % n) for n in range(60)])
    return path


def test_no_control_sequence_of_a_record_reaches_the_terminal(folder: Path) -> None:
    hostile = _recording(folder / "hostile.kstory", hostile=True)
    tame = _recording(folder / "tame.kstory", hostile=False)
    count = len(awkward_records("awkward"))
    raw = _tour(hostile, count, folder)
    own = {_kind(found) for found in _SEQUENCE.findall(_tour(tame, 60, folder))}
    foreign = {_kind(found) for found in _SEQUENCE.findall(raw)} - own
    assert foreign == set()
    left = _SEQUENCE.sub(b"", raw).decode("utf-8", "strict")
    assert _ACTING.findall(left) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_the_terminal_as_it_was(
    folder: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    write_demo(tmp_path / "demo.kstory", end_ms=1_795_435_200_000)
    with Terminal("-s", str(tmp_path / "demo.kstory"), folder=str(folder)) as terminal:
        terminal.wait_for("order-events")
        assert terminal.end(number) == code
        tail = bytes(terminal.raw)[-400:]
    assert all(sequence in tail for sequence in RESTORED)


def test_a_crash_shows_one_sentence_and_keeps_a_report_without_secrets(
    folder: Path, tmp_path: Path
) -> None:
    sitecustomize = tmp_path / "sitecustomize.py"
    sitecustomize.write_text(
        "import tui.widgets.story_list as s\n"
        "def fail(self, y):\n"
        "    secret = 'hunter2'\n"
        "    raise KeyError(secret)\n"
        "s.StoryList.render_line = fail\n"
    )
    write_demo(tmp_path / "demo.kstory", end_ms=1_795_435_200_000)
    recording = str(tmp_path / "demo.kstory")
    with Terminal(
        "-s", recording, "order-4711", folder=str(folder), first=str(tmp_path)
    ) as terminal:
        assert terminal.leave() == 70
        said = terminal.raw.decode()
    assert "hunter2" not in said
    assert "KeyError" in said
    reports = list(folder.rglob("crash*"))
    texts = [path.read_text() for path in reports if path.is_file()]
    assert texts
    assert not any("hunter2" in text for text in texts)
    assert all(path.stat().st_mode & 0o077 == 0 for path in reports if path.is_file())
