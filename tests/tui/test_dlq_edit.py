"""`kstory dlq edit`: what would be sent is kept, byte for byte, and nothing is sent."""

import stat
import sys
from pathlib import Path

import pytest

from tests.tui.failing_shop import LETTERS, ORDERS, Shop
from tests.tui.invoked import Invoke, Result
from tests.tui.terminal import Terminal

PLACE = f"{LETTERS}:1@0"
VALUE = b'{"orderId": "order-1", "amount": 1.50, "n": 18446744073709551616}'


@pytest.fixture
def value_file(tmp_path: Path) -> Path:
    path = tmp_path / "value.json"
    path.write_bytes(VALUE)
    return path


def mended(invoke: Invoke, shop: Shop) -> dict | None:
    return invoke("-s", shop.source, "dlq", "show", PLACE, "--no-state", "--json").document[
        "mended"
    ]


def test_an_edit_by_options_shows_a_diff_and_is_kept(
    invoke: Invoke, shop: Shop, value_file: Path
) -> None:
    options = ("--value-file", value_file, "--header", "trace=a=b", "--remove-header", "eventType")
    result = invoke("-s", shop.source, "dlq", "edit", PLACE, *options)
    lines = result.out.splitlines()
    assert '-header "eventType": "OrderCreated"' in lines
    assert '+header "trace": "a=b"' in lines
    assert f"+{VALUE.decode()}" in lines
    assert "Nothing is sent before" in result.err
    assert mended(invoke, shop) == {
        "key": "order-1", "value": VALUE.decode(), "headers": [["trace", "a=b"]]
    }  # fmt: skip


def test_the_mended_form_and_what_changes_come_as_json(
    invoke: Invoke, shop: Shop, value_file: Path
) -> None:
    line = ("-s", shop.source, "dlq", "edit", PLACE, "--value-file", value_file, "--json")
    document = invoke(*line).document
    assert document["letter"] == PLACE
    assert document["mended"]["value"] == VALUE.decode()
    assert [change["pointer"] for change in document["changes"]] == ["/amount", "/n"]


def test_edits_build_on_each_other_until_they_are_taken_back(
    invoke: Invoke, shop: Shop, value_file: Path
) -> None:
    def edit(*options: object) -> Result:
        return invoke("-s", shop.source, "dlq", "edit", PLACE, *options)

    edit("--value-file", value_file)
    edit("--header", "trace=1")
    kept = mended(invoke, shop)
    assert kept is not None
    assert (kept["value"], kept["headers"][-1]) == (VALUE.decode(), ["trace", "1"])
    assert edit("--discard").code == 0
    assert mended(invoke, shop) is None
    again = edit("--discard")
    assert (again.code, "was not edited" in again.err) == (1, True)


def test_an_edit_back_to_what_it_was_is_none(invoke: Invoke, shop: Shop) -> None:
    line = ("-s", shop.source, "dlq", "edit", PLACE)
    invoke(*line, "--key", "order-9")
    assert mended(invoke, shop) is not None
    invoke(*line, "--key", "order-1")
    assert mended(invoke, shop) is None
    assert "Nothing was changed." in invoke(*line, "--key", "order-1").err


def test_another_key_is_warned_about(invoke: Invoke, shop: Shop) -> None:
    result = invoke("-s", shop.source, "dlq", "edit", PLACE, "--key", "hex:00ff", "--json")
    assert "its order among that one's is not kept" in result.document["warnings"][0]
    assert result.document["mended"]["key"] == {"base64": "AP8="}


@pytest.mark.parametrize(
    ("place", "options", "code", "said"),
    [
        (PLACE, [], 2, "There is no terminal to edit on; say --value-file"),
        (PLACE, ["--header", "trace"], 2, "write it as NAME=VALUE"),
        (PLACE, ["--header", "kafka_dlt-original-topic=x"], 2, "it is spring's own"),
        (PLACE, ["--header", "kstory-replay-id=x"], 2, "it is kstory's own"),
        (PLACE, ["--remove-header", "nosuch"], 2, "there is no such header; it has eventType"),
        (PLACE, ["--key", "hex:0"], 2, "hexadecimal digits"),
        (PLACE, ["--value-file", "nosuch.json"], 2, "nosuch.json"),
        (PLACE, ["--discard", "--key", "a"], 2, "say it alone"),
        (f"{ORDERS}:0@0", ["--key", "a"], 1, "is no dead letter"),
        (f"{LETTERS}:0@77", ["--key", "a"], 1, "There is no record"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    invoke: Invoke, shop: Shop, place: str, options: list[str], code: int, said: str
) -> None:
    result = invoke("-s", shop.source, "dlq", "edit", place, *options)
    assert (result.code, result.out) == (code, "")
    assert said in result.err


def test_a_value_that_is_no_json_any_more_is_refused(
    invoke: Invoke, shop: Shop, value_file: Path
) -> None:
    value_file.write_bytes(b'{"orderId": ')
    result = invoke("-s", shop.source, "dlq", "edit", PLACE, "--value-file", value_file)
    assert (result.code, mended(invoke, shop)) == (2, None)
    assert "was JSON and is none any more" in result.err
    assert "at its line 1, column" in result.err


def _editor(tmp_path: Path, *edits: tuple[str, str]) -> str:
    """A program that edits as a person with vim would; the next edit at each call."""
    script = tmp_path / "editor.py"
    script.write_text(
        f"import pathlib, sys\n"
        f"calls = pathlib.Path({str(tmp_path / 'calls')!r})\n"
        f"call = len(calls.read_text()) if calls.exists() else 0\n"
        f"calls.write_text('x' * (call + 1))\n"
        f"before, after = {edits!r}[call]\n"
        f"file = pathlib.Path(sys.argv[1])\n"
        f"text = file.read_bytes().decode()\n"
        f"assert before in text\n"
        f"text = text.replace(before, after).rstrip('\\n') + '\\n'\n"
        f"file.write_bytes(text.encode())\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return f"{sys.executable} {script}"


def test_the_editor_is_opened_again_after_an_edit_that_cannot_be_sent(
    invoke: Invoke, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = (('"amount": 1', '"amount": '), ('"amount": ', '"amount": 15.0'))
    monkeypatch.setenv("EDITOR", _editor(tmp_path, *edits))
    line = ("-s", shop.source, "dlq", "edit", PLACE)
    with Terminal(*line, folder=str(tmp_path)) as terminal:
        terminal.wait_for("Edit it again?")
        assert "none any more" in terminal.drawn
        terminal.press("y\r")
        terminal.wait_for("Keep this?")
        terminal.press("y\r")
        assert terminal.leave() == 0
    kept = mended(invoke, shop)
    assert kept is not None
    assert kept["value"] == '{"orderId": "order-1", "amount": 15.0}'
