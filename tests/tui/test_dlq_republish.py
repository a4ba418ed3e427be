"""`kstory dlq republish`: a plan sends nothing; --apply sends exactly that."""

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from readers.record import Record
from readers.recording import RecordingSink, RecordingSource
from readers.source import NewTopic
from replay.deadletters.provenance import provenance_of
from tests.replay.deadletters.republish.test_planning import event, letter
from tests.tui.test_commands import Invoke, Result, invoke  # noqa: F401
from tests.waiting import wait_until

TOPIC, DLT = "order-events", "order-events-dlt"
COUNT = 60


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "some.kstory"
    events = [event(n // 3, key=f"order-{n}", partition=n % 3) for n in range(COUNT)]
    with closing(RecordingSink(path)) as sink:
        sink.create_topics([NewTopic(TOPIC, 3, {}), NewTopic(DLT, 1, {})])
        sink.write(events)
        sink.write([letter(n, each) for n, each in enumerate(events)])
    return path


def planned(invoke: Invoke, file: Path, *more: object) -> dict:  # noqa: F811
    result = invoke("-s", file, "dlq", "republish", "--json", *more)
    assert result.code == 0, result.err
    return result.documents[0]["plan"]


def applied(invoke: Invoke, file: Path, plan: dict, *more: object) -> Result:  # noqa: F811
    return invoke(
        "-s", file, "dlq", "republish", "--apply", plan["id"], "--allow-writes",
        "--reason", "it was the gateway", "--canary-wait", "0", "--rate", "0", *more,
    )  # fmt: skip


def sent(file: Path) -> list[Record]:
    with closing(RecordingSource(file)) as source:
        spans = source.topics([TOPIC])[0].spans
        records = [record for batch in source.read(spans) for record in batch.records]
    return [record for record in records if provenance_of(record) is not None]


def test_a_plan_is_printed_and_nothing_is_sent(invoke: Invoke, file: Path) -> None:  # noqa: F811
    result = invoke("-s", file, "dlq", "republish", "--topic", DLT)
    assert (result.code, sent(file)) == (0, [])
    assert f"60 letters → {TOPIC}" in result.out
    assert f"Nothing was sent. To send it: kstory -s {file} dlq republish --apply" in result.out


def test_a_record_that_is_no_dead_letter_is_left_out(invoke: Invoke, file: Path) -> None:  # noqa: F811
    line = ("-s", file, "dlq", "republish", f"{TOPIC}:0@1", "--to", TOPIC)
    result = invoke(*line)
    assert result.code == 1
    assert "it is no dead letter" in result.out
    (plan,) = (document["plan"] for document in invoke(*line, "--json").documents)
    assert (plan["letters"], plan["left_out"][0]["letter"]) == ([], f"{TOPIC}:0@1")


def test_exactly_the_plan_is_sent(invoke: Invoke, file: Path) -> None:  # noqa: F811
    plan = planned(invoke, file, f"{DLT}:0@4", f"{DLT}:0@7")
    result = applied(invoke, file, plan)
    assert (result.code, len(sent(file))) == (0, 2)
    assert result.out == "All 2 letters were sent; none came back while it was watched.\n"


def test_what_was_sent_is_told_in_json(invoke: Invoke, file: Path) -> None:  # noqa: F811
    plan = planned(invoke, file, f"{DLT}:0@4")
    (document,) = applied(invoke, file, plan, "--json").documents
    assert (document["state"], document["sent"], document["came_back"]) == ("done", 1, 0)
    assert document["letters"][0]["letter"] == f"{DLT}:0@4"


def test_nothing_is_sent_without_permission(invoke: Invoke, file: Path) -> None:  # noqa: F811
    plan = planned(invoke, file, f"{DLT}:0@4")
    result = invoke("-s", file, "dlq", "republish", "--apply", plan["id"], "--reason", "x")
    assert (result.code, sent(file)) == (2, [])
    assert "say --allow-writes" in result.err


def test_nothing_is_sent_without_a_reason(invoke: Invoke, file: Path) -> None:  # noqa: F811
    plan = planned(invoke, file, f"{DLT}:0@4")
    result = invoke("-s", file, "dlq", "republish", "--apply", plan["id"], "--allow-writes")
    assert (result.code, sent(file)) == (2, [])
    assert "--reason" in result.err


def test_many_letters_need_the_targets_name(invoke: Invoke, file: Path) -> None:  # noqa: F811
    plan = planned(invoke, file, "--topic", DLT, "--all-at-once")
    result = applied(invoke, file, plan)
    assert (result.code, sent(file)) == (2, [])
    assert f"say --confirm {TOPIC}" in result.err
    assert applied(invoke, file, plan, "--confirm", TOPIC).code == 0
    assert len(sent(file)) == COUNT


@pytest.mark.parametrize(
    "option",
    [
        ["--canary", "2"],
        ["--all-at-once"],
        ["--guarantee", "transactions"],
        ["--preserve-timestamp"],
        ["--plan", "kept.json"],
    ],
    ids=lambda option: option[0],
)
def test_what_a_plan_decides_is_not_said_again_when_it_is_sent(
    invoke: Invoke,  # noqa: F811
    file: Path,
    option: list[str],
) -> None:
    plan = planned(invoke, file, f"{DLT}:0@4")
    result = applied(invoke, file, plan, *option)
    assert (result.code, sent(file)) == (2, [])
    assert f"--apply takes no {option[0]}" in result.err


def test_a_plan_that_was_sent_is_not_sent_again(invoke: Invoke, file: Path) -> None:  # noqa: F811
    plan = planned(invoke, file, f"{DLT}:0@4")
    applied(invoke, file, plan)
    assert applied(invoke, file, plan).code == 0
    assert len(sent(file)) == 1
    again = invoke("-s", file, "dlq", "republish", f"{DLT}:0@4")
    assert again.code == 1
    assert "was sent before" in again.out
    assert "No letter is left to send" in again.out


def test_a_world_that_changed_is_one_sentence(invoke: Invoke, file: Path) -> None:  # noqa: F811
    plan = planned(invoke, file, f"{DLT}:0@4")
    with closing(RecordingSink(file)) as sink:
        sink.write([event(0, key="order-4", partition=1)])
    result = applied(invoke, file, plan)
    assert (result.code, sent(file)) == (1, [])
    assert "A newer record with a planned key came to" in result.err
    (document,) = applied(invoke, file, plan, "--json").documents
    assert document["state"] == "stopped"
    assert "A newer record with a planned key came to" in document["sentence"]
    assert applied(invoke, file, plan, "--force").code == 0


def test_a_full_disk_for_the_ledger_is_one_sentence(
    invoke: Invoke,  # noqa: F811
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    plan = planned(invoke, file, "--plan", tmp_path / "plan.json", f"{DLT}:0@4")
    (tmp_path / "closed").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "closed"))
    result = applied(invoke, file, plan | {"id": str(tmp_path / "plan.json")})
    assert (result.code, sent(file)) == (1, [])
    assert "0 of 1 letters were sent, 1 not." in result.out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ([], "Say which letters"),
        (["--canary", "0", "x:0@1"], "write numbers above 0"),
        (["--canary", "1", "--all-at-once", "x:0@1"], "not both"),
        (["nonsense"], "is not a position"),
        (["--topic", "no-such"], "There is no topic 'no-such'"),
        (["--where", "value.", "--topic", DLT], "not valid CEL"),
        (["--when", "state.", "--topic", DLT], "not valid CEL"),
        (["--apply", "feed", "--reason", "x"], "There is no plan feed"),
        (["--apply", "feed", "--topic", DLT], "takes no choice of letters"),
    ],
)
def test_what_cannot_be_is_said(
    invoke: Invoke,  # noqa: F811
    file: Path,
    line: list[str],
    said: str,
) -> None:
    result = invoke("-s", file, "dlq", "republish", *line)
    assert result.code == 2
    assert said in result.err
    assert result.out == ""


def test_ctrl_c_leaves_everything_resumable(invoke: Invoke, file: Path) -> None:  # noqa: F811
    plan = planned(invoke, file, "--topic", DLT, "--all-at-once", "--rate", "2")
    line = [
        sys.executable, "-m", "tui", "-s", str(file), "dlq", "republish", "--apply", plan["id"],
        "--allow-writes", "--reason", "x", "--confirm", TOPIC,
    ]  # fmt: skip
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        line, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_until(lambda: len(sent(file)) >= 3, every_s=0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "no letter is half sent" in err
    assert 0 < len(sent(file)) < COUNT
    assert applied(invoke, file, plan, "--confirm", TOPIC).code == 0
    assert sorted(p.seq for r in sent(file) if (p := provenance_of(r))) == list(range(COUNT))


@pytest.mark.parametrize("option", ["--rate", "--canary-wait"])
@pytest.mark.parametrize("number", ["nan", "inf", "-1", "1e9"])
def test_numbers_without_an_end_are_refused(
    invoke: Invoke,  # noqa: F811
    file: Path,
    option: str,
    number: str,
) -> None:
    result = invoke("-s", file, "dlq", "republish", "--topic", DLT, option, number)
    assert (result.code, result.out) == (2, "")
