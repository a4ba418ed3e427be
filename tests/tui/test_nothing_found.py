"""Where nothing is found the answer is no: exit code 1, said on stderr, and no file is left."""

import json
from pathlib import Path

import pytest

from tests.fakes import records_of
from tests.replay.transfer.places import recorded
from tests.tui.invoked import Invoke


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.kstory"
    recorded(path, "order-events", records_of(30), 3)
    return path


@pytest.mark.parametrize(
    "line",
    [
        ("replay", "--speed", "max"),
        ("replay", "--speed", "max", "--json"),
        ("record", "a.kstory"),
        ("export", "a.jsonl"),
        ("export", "a.parquet"),
        ("export", "-"),
    ],
)
def test_a_key_that_nothing_has_is_the_answer_no(
    invoke: Invoke, source: Path, line: tuple[str, ...]
) -> None:
    found = invoke("-s", source, *line, "--key", "nokey")
    assert (found.code, found.out, list(Path().iterdir())) == (1, "", [])
    assert "Nothing of what was asked for lies in the 30 offsets that were read" in found.err


def test_a_replay_of_nothing_into_topics_is_the_answer_no(invoke: Invoke, source: Path) -> None:
    found = invoke(
        "-s", source, "replay", "--key", "nokey", "--to", "a.kstory", "--allow-writes", "--apply"
    )
    assert (found.code, found.out) == (1, "")
    assert "nothing was sent" in found.err


@pytest.mark.parametrize("line", [("record", "a.kstory"), ("export", "a.jsonl")])
def test_its_account_is_told_as_json(invoke: Invoke, source: Path, line: tuple[str, ...]) -> None:
    found = invoke("-s", source, *line, "--key", "nokey", "--json")
    assert (found.code, found.document["records"], found.document["finished"]) == (1, 0, True)


def test_a_recording_that_is_there_stays(invoke: Invoke, source: Path) -> None:
    invoke("-s", source, "record", "a.kstory")
    assert invoke("-s", source, "record", "a.kstory", "--key", "nokey").code == 1
    assert Path("a.kstory").exists()
    assert invoke("-s", source, "record", "a.kstory").code == 0


@pytest.mark.parametrize(
    "line",
    [
        ("state", "nokey"),
        ("diff", "nokey", "#0", "#1"),
        ("blame", "nokey"),
        ("bisect", "nokey", "--any-rule"),
    ],
)
def test_a_question_about_nobody_is_answered_in_json_too(
    invoke: Invoke, source: Path, line: tuple[str, ...]
) -> None:
    found = invoke("-s", source, *line, "--json")
    assert (found.code, found.document["found"]) == (1, False)
    assert json.dumps(found.document["topics"]) == '["order-events"]'


def test_what_a_recording_left_out_is_not_said_to_be_nowhere(invoke: Invoke, source: Path) -> None:
    invoke("-s", source, "record", "a.kstory", "order-events", "--key", "order-3")
    found = invoke("-s", "a.kstory", "state", "order-4")
    assert found.code == 1
    assert "in order-events; order-events: only some of its keys were recorded." in found.err
