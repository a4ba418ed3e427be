"""`kstory replay` on a terminal opens the screens; what is wrong is said before there are any."""

from pathlib import Path

import pytest

from tests.fakes import records_of
from tests.replay.transfer.places import recorded
from tests.tui.invoked import Invoke
from tests.tui.terminal import Terminal


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Thirty records, a second apart."""
    path = tmp_path / "source.kstory"
    recorded(path, "order-events", records_of(30), 3)
    return path


def test_the_command_opens_it_on_a_terminal(source: Path, tmp_path: Path) -> None:
    with Terminal("-s", str(source), "replay", "--speed", "20", folder=str(tmp_path)) as terminal:
        terminal.wait_for("30 told, the end")
        terminal.wait_for("order-29")
        terminal.press("q")
        assert terminal.leave() == 0


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--where", "nope("), 2, "not valid CEL"),
        (("--key", "order-1", "--stream", "no-stream"), 2, "no-stream"),
        (("no-topic",), 3, "There is no topic 'no-topic'"),
        (("--from", "end", "--until", "end"), 1, "nothing is played"),
    ],
)
def test_what_cannot_be_played_is_said_before_there_is_a_screen(
    source: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    with Terminal("-s", str(source), "replay", *arguments, folder=str(tmp_path)) as terminal:
        terminal.wait_for(sentence)
        assert terminal.leave() == code
        assert b"\x1b[?1049h" not in terminal.raw


def test_how_it_is_shown_is_nothing_to_be_sent(invoke: Invoke, source: Path) -> None:
    done = invoke("-s", str(source), "replay", "--lines", "--to", "other.kstory")
    assert done.code == 2
    assert "--lines and --reducer say how it is shown" in done.err
