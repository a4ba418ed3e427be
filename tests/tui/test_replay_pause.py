"""`kstory replay` in a terminal stands still when space is pressed, and goes on at the next."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import records_of
from tests.pseudo_terminal import PseudoTerminal
from tests.replay.transfer.places import recorded

ROOT = Path(__file__).parents[2]
_MOST_S = 30.0


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Thirty records, a second apart."""
    path = tmp_path / "source.kstory"
    recorded(path, "order-events", records_of(30), 3)
    return path


def reading(terminal: PseudoTerminal) -> Callable[[str], str]:
    """Waits until a text was written, and gives all that was until then, since the last time."""
    seen = ""

    def until(text: str) -> str:
        nonlocal seen
        while text not in seen:
            data = terminal.written(_MOST_S)
            assert data, f"no {text!r} in {seen!r}"
            seen += data.decode()
        before, _, seen = seen.partition(text)
        return before

    return until


def replaying(source: Path, *arguments: str) -> PseudoTerminal:
    command = [sys.executable, "-m", "tui", "-s", str(source), "replay", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return PseudoTerminal(command, environment, columns=140, rows=30)


def test_lines_stop_while_it_is_paused(source: Path) -> None:
    with replaying(source, "--lines", "--speed", "4") as terminal:
        until = reading(terminal)
        until("Space pauses, Ctrl-C stops.")
        terminal.type(b" ")
        until(" of at most 30, paused, space goes on")
        redrawn = [until("paused, space goes on") for _ in range(4)]
        assert "order-" not in "".join(redrawn)
        terminal.type(b" ")
        until("order-1")


def test_records_into_topics_wait_while_it_is_paused(source: Path, tmp_path: Path) -> None:
    into = ("--to", str(tmp_path / "goal.kstory"), "--apply", "--allow-writes")
    with replaying(source, "--speed", "4", *into) as terminal:
        until = reading(terminal)
        until("of at most 30 sent")
        until(", space pauses")
        terminal.type(b" ")
        until(", paused, space goes on")
        terminal.type(b" ")
        until(", space pauses")
        until("30 records were played into")
