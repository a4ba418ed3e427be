"""`kstory diff`, `blame` and `bisect`: their JSON forms, exit codes and streams."""

import sys
from pathlib import Path

import jsonpatch
import pytest

from replay.demo.dataset import write_demo
from tests.tui.invoked import Invoke

END_MS = 1_795_435_200_000  # 2026-11-23 12:00:00 UTC
KEY = "order-4711"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.kstory"
    write_demo(path, end_ms=END_MS)
    return path


def test_a_diff_is_a_patch_from_one_state_to_the_other(invoke: Invoke, demo: Path) -> None:
    before, after = (
        invoke("-s", demo, "state", KEY, "--at", at, "--json").document["state"]
        for at in ("#3", "#9")
    )
    result = invoke("-s", demo, "diff", KEY, "#3", "#9", "--json")
    (operations,) = result.documents
    assert (jsonpatch.apply_patch(before, operations), result.code) == (after, 0)


def test_a_diff_is_shown_side_by_side_with_the_same_folded(invoke: Invoke, demo: Path) -> None:
    lines = invoke("-s", demo, "diff", KEY, "#9", "#10").out.splitlines()
    assert [line.split() for line in lines] == [
        ["at", "#9", "at", "#10"],
        ["…", "2", "are", "the", "same"],
        ["~", "status", '"PAYMENT_FAILED"', '"CANCELLED"'],
        ["…", "9", "are", "the", "same"],
        ["~", "cancelled", "null", '"payment', 'failed"'],
    ]


def test_points_are_numbers_positions_and_times(invoke: Invoke, demo: Path) -> None:
    event = invoke("-s", demo, "story", KEY, "--json").document["events"][2]
    place = f"{event['topic']}:{event['partition']}@{event['offset']}"
    by_number = invoke("-s", demo, "diff", KEY, "#0", "#10", "--json").documents
    assert invoke("-s", demo, "diff", KEY, "#0", "now", "--json").documents == by_number
    assert invoke("-s", demo, "diff", KEY, "#3", place, "--json").documents == [[]]


def test_nothing_that_changed_is_an_answer_too(invoke: Invoke, demo: Path) -> None:
    result = invoke("-s", demo, "diff", KEY, "#3", "#3", "--json")
    assert (result.documents, result.code) == ([[]], 0)


def test_blame_names_the_event_of_each_field(invoke: Invoke, demo: Path) -> None:
    result = invoke("-s", demo, "blame", KEY, "--json")
    event = invoke("-s", demo, "story", KEY, "--json").document["events"][9]
    assert result.document["/status"] == {
        name: event[name] for name in ("n", "topic", "partition", "offset", "timestamp", "type")
    }
    assert result.document["/orderId"]["n"] == 0
    assert result.document["/orderId"]["topic"] is None


def test_blame_of_a_place_is_of_what_lies_there_and_below(invoke: Invoke, demo: Path) -> None:
    places = invoke("-s", demo, "blame", KEY, "/items/1", "--json").document
    assert [*places] == ["/items/1/sku", "/items/1/quantity", "/items/1/unitPrice"]
    assert {place["n"] for place in places.values()} == {3}
    assert [*invoke("-s", demo, "blame", KEY, "/paid", "--json").document] == ["/paid"]


def test_blame_goes_back_to_any_point(invoke: Invoke, demo: Path) -> None:
    at_4 = invoke("-s", demo, "blame", KEY, "/status", "--at", "#4", "--json").document
    assert at_4["/status"]["n"] == 1


def test_blame_is_shown_as_a_line_a_field(invoke: Invoke, demo: Path) -> None:
    (line,) = invoke("-s", demo, "blame", KEY, "/status").out.splitlines()
    assert line.startswith('/status  "CANCELLED"  #10 ')
    assert "OrderCancelled (order-events:" in line


def test_a_place_that_is_not_there_is_the_answer_no(invoke: Invoke, demo: Path) -> None:
    result = invoke("-s", demo, "blame", KEY, "/nowhere", "--json")
    assert (result.documents, result.code) == ([{}], 1)
    assert "The state of order-4711 at #10 has nothing at /nowhere." in result.err


def test_bisect_finds_the_first_event_after_which_it_holds(invoke: Invoke, demo: Path) -> None:
    when = 'state.status == "CANCELLED"'
    found = invoke("-s", demo, "bisect", KEY, "--when", when, "--json").document
    event = invoke("-s", demo, "story", KEY, "--json").document["events"][9]
    assert {name: found[name] for name in ("found", "how")} == {"found": True, "how": "fold"}
    place = ("n", "topic", "partition", "offset", "timestamp")
    assert [found[name] for name in place] == [event[name] for name in place]
    assert (found["before"]["status"], found["after"]["status"]) == ("PAYMENT_FAILED", "CANCELLED")


def test_bisect_shows_the_event_and_what_it_changed(invoke: Invoke, demo: Path) -> None:
    when = 'state.status == "CANCELLED"'
    lines = invoke("-s", demo, "bisect", KEY, "--when", when).out.splitlines()
    assert lines[0].startswith("#10 ")
    assert lines[1] == "Order cancelled: payment failed"
    assert "CANCELLED" in lines[4]
    assert lines[-1] == "Found by fold: it holds of no state before this one."


def test_what_never_holds_is_the_answer_no(invoke: Invoke, demo: Path) -> None:
    result = invoke("-s", demo, "bisect", KEY, "--when", 'state.status == "LOST"', "--json")
    assert (result.documents, result.code) == ([{"found": False}], 1)
    result = invoke("-s", demo, "bisect", KEY, "--rule", "no such rule")
    assert (result.out, result.code) == (
        "It holds after none of the 10 events of order-4711.\n", 1,
    )  # fmt: skip


def test_a_field_that_no_state_has_is_said(invoke: Invoke, demo: Path) -> None:
    result = invoke("-s", demo, "bisect", KEY, "--when", "state.nope == 1")
    assert result.code == 1
    assert "None of the states has what the condition asks for." in result.err
    result = invoke("-s", demo, "bisect", KEY, "--when", 'state.status == "LOST"')
    assert "None of the states" not in result.err


def test_what_holds_from_the_beginning_has_no_event(invoke: Invoke, demo: Path) -> None:
    arguments = ("-s", demo, "bisect", KEY, "--when", "state.paid == 0.0")
    found = invoke(*arguments, "--json").document
    assert [found[name] for name in ("n", "topic", "before")] == [0, None, None]
    assert invoke(*arguments).out.startswith("#0 before the first event\n")


def test_a_rule_that_breaks_is_found(invoke: Invoke, demo: Path) -> None:
    Path("rules.py").write_text(
        "def reduce(state, event):\n    return (state or 0) + 1\n"
        "def check(state):\n    return ['few'] if (state or 0) > 4 else []\n"
    )
    for rule in (("--rule", "few"), ("--any-rule",)):
        arguments = ("-s", demo, "bisect", KEY, *rule, "--reducer", "rules.py", "--json")
        assert invoke(*arguments).document["after"] == 5


JUDGE = """
import json, os, sys
state, n = json.load(sys.stdin), int(os.environ["KSTORY_N"])
if n == {skipped}:
    sys.exit(125)
if n:
    assert json.loads(os.environ["KSTORY_EVENT"])["aggregate"] == "order-4711"
print("seen", n, file=sys.stderr)
sys.exit(state is not None and state.get("failure") is not None)
"""


def judge(skipped: int) -> str:
    Path("judge.py").write_text(JUDGE.format(skipped=skipped))
    return f"'{sys.executable}' judge.py"


def test_a_program_says_since_when_it_is_bad(invoke: Invoke, demo: Path) -> None:
    asked = ("-s", demo, "bisect", KEY, "--run", judge(skipped=-1))
    found = invoke(*asked, "--json")
    assert [found.document[name] for name in ("n", "earliest", "how")] == [5, 5, "halving"]
    assert found.document["asked"] == found.err.count("seen ") <= 6
    assert [invoke(*asked, "--linear", "--json").document[name] for name in ("n", "asked")] == [
        5,
        6,
    ]
    assert "Found by halving: " in invoke(*asked).out


def test_where_it_cannot_say_what_is_left_open_is_told(invoke: Invoke, demo: Path) -> None:
    asked = ("-s", demo, "bisect", KEY, "--run", judge(skipped=4))
    found = invoke(*asked, "--json").document
    assert [found[name] for name in ("n", "earliest")] == [5, 4]
    assert "It may have begun at any of #4 to #5" in invoke(*asked).err


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("true", 1, "--linear asks of every state"),
        ("no-such-command", 2, "--run no-such-command cannot be run: No such file"),
        ("sh -c 'exit 128'", 2, "ended with 128 on the state after #10, which is no answer"),
        ("sh -c 'kill $$'", 2, "ended by signal 15"),
        ("sh 'x", 2, "is no command: No closing quotation"),
        ("", 2, "names no command"),
    ],
)
def test_a_program_that_finds_nothing_or_gives_no_answer(
    invoke: Invoke, demo: Path, command: str, code: int, said: str
) -> None:
    result = invoke("-s", demo, "bisect", KEY, "--run", command)
    assert (result.code, said in result.out + result.err) == (code, True)


def test_a_check_that_fails_is_no_rule_that_breaks(invoke: Invoke, demo: Path) -> None:
    Path("fails.py").write_text(
        "def reduce(state, event):\n    return (state or 0) + 1\n"
        "def check(state):\n    return ['few'] if state > 4 else []\n"
    )
    bisect = ("-s", demo, "bisect", KEY, "--any-rule", "--json", "--reducer")
    found = invoke(*bisect, "fails.py")
    assert found.document["after"] == 5
    assert "on 1 of 6 states, first on #0: the check itself failed: TypeError" in found.err
    Path("fails.py").write_text("def reduce(s, e): return 1\ndef check(s): return 1 // 0\n")
    never = invoke(*bisect, "fails.py")
    assert (never.out, never.code) == ("", 2)
    assert "on 11 of 11 states, first on #0: the check itself failed: ZeroDiv" in never.err


def test_answers_about_a_story_that_is_cut_say_so(invoke: Invoke, demo: Path) -> None:
    invoke("-s", demo, "record", "cut.kstory", "order-events", "--from", "1400")
    when = ("--when", 'state.status == "CANCELLED"')
    for arguments in (("diff", "#0", "#1"), ("blame",), ("bisect", *when)):
        command, *rest = arguments
        result = invoke("-s", "cut.kstory", command, KEY, *rest)
        assert "Not known to be exact, but" in result.err, arguments
    found = invoke("-s", "cut.kstory", "bisect", KEY, *when, "--json").document
    assert found["certainty"] != "exact"
    assert invoke("-s", demo, "bisect", KEY, *when, "--json").document["certainty"] == "exact"


@pytest.mark.parametrize(
    "arguments",
    [
        ("diff", "order-0", "#0", "#1"),
        ("blame", "order-0"),
        ("bisect", "order-0", "--any-rule"),
    ],
)
def test_a_key_without_events_is_the_answer_no(
    invoke: Invoke, demo: Path, arguments: tuple[str, ...]
) -> None:
    result = invoke("-s", demo, *arguments)
    assert (result.out, result.code) == ("", 1)
    assert "Nothing was found of order-0 in" in result.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("diff", KEY, "#1", "#11"), "There is no event #11"),
        (("blame", KEY, "status"), "'status' is no JSON pointer"),
        (("bisect", KEY), "one of --when CEL, --rule NAME, --any-rule and --run COMMAND"),
        (("bisect", KEY, "--when", "n > 1", "--any-rule"), "one of --when CEL"),
        (("bisect", KEY, "--when", "stat == 1"), "names 'stat', which no state has"),
        (("bisect", KEY, "--when", 'state.status.startswith("C")'), "it has startsWith()"),
        (("bisect", KEY, "--when", "state.status"), "could not be evaluated on 10 of 11 states"),
    ],
)
def test_wrong_use_is_a_sentence(
    invoke: Invoke, demo: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = invoke("-s", demo, *arguments)
    assert (result.out, result.code) == ("", 2)
    assert said in result.err


def test_what_records_hold_does_not_reach_the_terminal(invoke: Invoke, demo: Path) -> None:
    Path("loud.py").write_text(
        "def reduce(state, event):\n"
        "    return {'\\x1b[2J': '\\u202e\\x9b' + str(event['offset'])}\n"
    )
    for arguments in (
        ("diff", KEY, "#0", "#1"),
        ("blame", KEY),
        ("bisect", KEY, "--when", "n == 1"),
    ):
        for form in ((), ("--json",)):
            out = invoke("-s", demo, *arguments, "--reducer", "loud.py", *form).out
            assert not {"\x1b", "\x9b", "\u202e"} & set(out)


def test_a_tail_says_on_what_its_condition_could_not_be_evaluated(
    invoke: Invoke, demo: Path
) -> None:
    tail = ("-s", demo, "tail", "order-events", "--no-follow", "--from", "-3", "--where")
    result = invoke(*tail, "offset + 1.5 > 2.0")
    assert (result.out, result.code) == ("", 0)
    assert "The condition could not be evaluated on" in result.err
    assert "evaluated" not in invoke(*tail, "value.nowhere == 1").err
