"""The commands on a recording: their JSON forms, exit codes and streams."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from readers.recording import RecordingSink
from readers.source import NewTopic
from replay.demo.dataset import write_demo
from tests.fakes import record_of
from tests.replay.deadletters.test_detection import CONNECT
from tui.cli import kstory, run
from tui.settings import Settings

END_MS = 1_795_435_200_000  # 2026-11-23 12:00:00 UTC


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines()]


Invoke = Callable[..., Result]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.kstory"
    write_demo(path, end_ms=END_MS)
    return path


@pytest.fixture
def invoke(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Invoke:
    monkeypatch.chdir(tmp_path)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("KSTORY_SOURCE", raising=False)

    def call(*arguments: object) -> Result:
        settings = Settings()
        line = [str(argument) for argument in arguments]
        code = run(lambda: kstory.main(line, standalone_mode=False, obj=settings), settings)
        out, err = capfdbinary.readouterr()
        return Result(code, out.decode(), err.decode())

    return call


def test_topics_lists_the_demos_topics_as_json(invoke: Invoke, demo: Path) -> None:
    result = invoke("-s", demo, "topics", "--json")
    assert [t["topic"] for t in result.documents if t["dead_letters"]] == [
        "inventory-events-dlt", "order-events-dlt", "payment-events-dlt",
    ]  # fmt: skip
    assert result.code == 0


def test_topics_with_letters_are_told_by_what_is_in_them_and_by_the_configuration(
    invoke: Invoke, tmp_path: Path
) -> None:
    path = tmp_path / "shop.kstory"
    names = ("orders", "leftovers", "parked", "graveyard")
    with closing(RecordingSink(path)) as sink:
        sink.create_topics([NewTopic(name, 1, {}) for name in names])
        sink.write([record_of("leftovers", offset=n, headers=CONNECT) for n in range(3)])
    (tmp_path / "kstory.toml").write_text(
        '[dead_letters]\ntopics = ["parked"]\n'
        '[streams.orders]\ntopics = ["orders"]\ndead_letters = ["graveyard"]\n'
    )
    listed = invoke("-s", path, "topics", "--json").documents
    assert {topic["topic"] for topic in listed if topic["dead_letters"]} == {*names} - {"orders"}
    assert invoke("-s", path, "topics").out.count("  dead letters") == 3


def test_options_may_stand_before_and_behind_the_command(invoke: Invoke, demo: Path) -> None:
    before = invoke("-s", demo, "--json", "topics")
    behind = invoke("topics", "-s", demo, "--json")
    assert before == behind


def test_a_story_has_the_contracts_fields(invoke: Invoke, demo: Path) -> None:
    (story,) = invoke("-s", demo, "story", "order-4711", "--json").documents
    assert {"aggregate", "stream", "topics", "events", "first", "last", "duration_ms"} <= set(story)
    assert story["complete"] is True
    event = story["events"][1]
    assert (event["n"], event["type"], event["after_ms"]) == (2, "ItemAdded", 1200)
    assert event["says"] == "Item added: sku-1, 2 × 25.00"
    assert {"topic", "partition", "offset", "timestamp", "key", "headers", "value", "encoding",
            "aggregate", "event_id", "error", "marks"} <= set(event)  # fmt: skip


def test_the_incidents_story_reads_as_one_line_an_event(invoke: Invoke, demo: Path) -> None:
    lines = invoke("-s", demo, "story", "order-4711").out.splitlines()
    assert "times are UTC" in lines[0]
    assert "Payment failed: gateway timeout (try 1 of 4) [dead-lettered]" in lines[6]
    assert lines[-1].startswith("10 events, complete")


@pytest.mark.parametrize("form", ["md", "html", "svg", "json"])
def test_a_story_is_printed_in_every_format(invoke: Invoke, demo: Path, form: str) -> None:
    result = invoke("-s", demo, "story", "order-4711", "--format", form)
    assert "Item added" in result.out.replace("\u00a0", " ").replace("&#160;", " ")
    assert result.code == 0


def test_a_story_of_nothing_is_the_answer_no(invoke: Invoke, demo: Path) -> None:
    result = invoke("-s", demo, "story", "order-0", "--json")
    assert result.documents[0]["events"] == []
    assert result.code == 1


def test_a_bound_makes_a_story_incomplete_and_says_why(invoke: Invoke, demo: Path) -> None:
    (story,) = invoke(
        "-s", demo, "story", "order-4711", "--json", "--from", "2026-11-23T11:24:05Z"
    ).documents
    assert story["complete"] is False
    assert "bound" in story["why"]
    assert len(story["events"]) < 10


def test_the_state_can_be_asked_at_a_number_a_position_and_a_time(
    invoke: Invoke, demo: Path
) -> None:
    (story,) = invoke("-s", demo, "story", "order-4711", "--json").documents
    event = story["events"][2]
    place = f"{event['topic']}:{event['partition']}@{event['offset']}"
    states = [
        invoke("-s", demo, "state", "order-4711", "--at", at, "--json").documents[0]
        for at in ("#3", place, event["timestamp"])
    ]
    assert states[0]["state"]["total"] == 150.0
    assert states[0]["at"] == {key: event[key] for key in states[0]["at"]}
    assert states[0] == states[1] == states[2]


def test_a_number_beyond_the_story_is_wrong_use(invoke: Invoke, demo: Path) -> None:
    result = invoke("-s", demo, "state", "order-4711", "--at", "#11")
    assert result.code == 2
    assert "has 10 events" in result.err


def test_tail_prints_a_json_line_a_record(invoke: Invoke, demo: Path) -> None:
    result = invoke(
        "-s", demo, "tail", "order-events", "--no-follow", "--json", "--key", "order-4711",
        "--where", 'type == "ItemAdded" && value.quantity > 1',
    )  # fmt: skip
    (event,) = result.documents
    assert event["value"]["sku"] == "sku-1"
    assert event["headers"][0][0]


def test_tail_from_minus_n_gives_the_newest_of_all_partitions(invoke: Invoke, demo: Path) -> None:
    every = invoke("-s", demo, "tail", "payment-events", "--no-follow", "--json").documents
    last = invoke(
        "-s", demo, "tail", "payment-events", "--no-follow", "--json", "--from", "-5"
    ).documents
    newest = sorted(event["timestamp"] for event in every)[-5:]
    assert sorted(event["timestamp"] for event in last) == newest


def test_tail_stops_after_n_records(invoke: Invoke, demo: Path) -> None:
    result = invoke("-s", demo, "tail", "payment-events", "-n", 3, "--json", "--from", "beginning")
    assert len(result.documents) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("-s", "nowhere", "topics"), 2, "no host:port"),
        (("-s", "./nowhere.kstory", "topics"), 3, "no recording"),
        (("-X", "nonsense", "topics"), 2, "name=value"),
        (("stroy", "order-1"), 2, "Did you mean story?"),
        (("tail", "order-events", "--where", "value.x >"), 2, "not valid CEL"),
        (("tail", "no-such-topic", "--no-follow"), 3, "no topic"),
        (("tail", "order-events", "--from", "someday"), 2, "not a time"),
        (("story", "order-1", "--stream", "nope"), 2, "no stream"),
        (("state", "order-4711", "--reducer", "nope"), 2, "no reducer"),
        (("order-4711", "--reducer", "nope"), 2, "no reducer"),
        (("order-4711", "extra", "--reducer", "nope"), 2, "no command 'order-4711'"),
        (("--reducer", "last", "topics"), 2, "kstory topics takes no --reducer"),
        (("demo", "--to", "localhost:1"), 2, "--allow-writes"),
    ],
)
def test_wrong_use_is_one_sentence_and_no_traceback(
    invoke: Invoke, demo: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    source = () if arguments[0] in ("-s", "demo") else ("-s", demo)
    result = invoke(*source, *arguments)
    assert (result.code, says in result.err, "Traceback" in result.err) == (code, True, False)


def test_a_file_that_is_no_recording_is_refused(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to look at" * 100)
    result = invoke("-s", tmp_path / "notes.txt", "topics")
    assert result.code == 3
    assert result.err.count("\n") == 1


def test_without_a_terminal_the_demo_tells_the_incident_as_text(invoke: Invoke) -> None:
    result = invoke("demo")
    assert result.code == 0
    assert "order-events" in result.out
    assert "dead letter in payment-events-dlt" in result.out


def test_doctor_says_ok_of_a_good_source(invoke: Invoke, demo: Path) -> None:
    result = invoke("-s", demo, "doctor", "--json")
    assert {check["ok"] for check in result.documents} == {True}
    assert result.code == 0


def test_doctor_fails_where_nothing_can_be_reached(invoke: Invoke) -> None:
    result = invoke("-s", "./gone.kstory", "doctor")
    assert result.code == 3
    assert "FAIL" in result.out


def test_a_configured_stream_goes_before_a_guess(invoke: Invoke, demo: Path) -> None:
    Path("kstory.toml").write_text(
        '[streams.shop]\ntopics = ["order-events", "payment-events"]\nreducer = "last"\n'
    )
    (story,) = invoke("-s", demo, "story", "order-4711", "--json").documents
    assert story["stream"] == "shop"
    (state,) = invoke("-s", demo, "state", "order-4711", "--json").documents
    assert state["reducer"] == "last"


def test_code_named_by_a_folders_file_runs_only_when_trusted(invoke: Invoke, demo: Path) -> None:
    Path("count.py").write_text("def reduce(state, event):\n    return (state or 0) + 1\n")
    Path("kstory.toml").write_text(
        '[streams.shop]\ntopics = ["order-events"]\nreducer = "count.py"\n'
    )
    refused = invoke("-s", demo, "state", "order-4711")
    assert (refused.code, "kstory trust" in refused.err) == (2, True)
    assert invoke("trust").code == 0
    (state,) = invoke("-s", demo, "state", "order-4711", "--json").documents
    assert state["state"] == 4


def test_a_reader_that_leaves_early_is_no_failure(demo: Path) -> None:
    command = f"{sys.executable} -m tui -s {demo} tail order-events --no-follow | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True, check=False, env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert (done.returncode, done.stdout.count(b"\n"), done.stderr) == (0, 1, b"")


def test_a_full_disk_is_one_sentence(demo: Path) -> None:
    command = f"{sys.executable} -m tui -s {demo} topics > /dev/full"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True, check=False, env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert done.returncode == 2
    assert b"could not be written: No space left" in done.stderr


def test_what_a_reducer_prints_does_not_spoil_the_json(invoke: Invoke, demo: Path) -> None:
    Path("loud.py").write_text(
        "print('loading')\ndef reduce(state, event):\n    print('\\x1b[2J')\n    return 1\n"
    )
    (state,) = invoke("-s", demo, "state", "order-4711", "--json", "--reducer", "loud.py").documents
    assert state["state"] == 1


@pytest.mark.parametrize("before", [True, False])
def test_a_story_is_opened_with_a_reducer_of_ones_own(
    invoke: Invoke, demo: Path, before: bool
) -> None:
    Path("mine.py").write_text(
        "def reduce(state, event): return 1\n"
        "def narrate(event, before, after): return 'so it was'\n"
    )
    named = ("--reducer", "mine.py")
    line = (*named, "order-4711") if before else ("order-4711", *named)
    result = invoke("-s", demo, *line)
    assert (result.code, result.out.count("so it was")) == (0, 9)


def test_a_reducer_may_be_named_before_a_command(invoke: Invoke, demo: Path) -> None:
    (state,) = invoke("-s", demo, "--reducer", "last", "state", "order-4711", "--json").documents
    assert state["reducer"] == "last"


@pytest.mark.parametrize(
    "arguments",
    [
        ("-s", "127.0.0.1:99999", "topics"),
        ("state", "order-4711", "--at", "#" + "9" * 5000),
        ("tail", "order-events", "--partition", "9" * 5000),
        ("story", "order-4711", "--topics", ","),
        ("--json",),
    ],
)
def test_absurd_arguments_are_wrong_use(
    invoke: Invoke, demo: Path, arguments: tuple[str, ...]
) -> None:
    source = () if arguments[0] == "-s" else ("-s", demo)
    result = invoke(*source, *arguments)
    assert (result.code, "report" in result.err) == (2, False)
