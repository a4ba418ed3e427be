"""`kstory export`: files that are whole or not there, with an account beside them."""

import hashlib
import json
import stat
import sys
from pathlib import Path

import pytest

from replay.transfer.files import Format, read_records
from tests.awkward import awkward_records
from tests.fakes import records_of
from tests.replay.transfer.places import recorded
from tests.tui.failing_shop import LETTERS, ORDERS, Shop
from tests.tui.invoked import Invoke


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.kstory"
    recorded(path, "order-events", records_of(30), 3)
    return path


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_file_and_its_manifest(invoke: Invoke, shop: Shop, form: str) -> None:
    file = Path(f"orders.{form}")
    found = invoke("-s", shop.source, "export", file, "--topic", ORDERS, "--json")
    assert found.code == 0
    manifest = json.loads(Path(f"{file}.manifest.json").read_bytes())
    assert found.document == manifest
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (manifest["records"], manifest["topics"][0]["partitions"]) == (6, 2)
    assert {r.topic for r in read_records(file, Format(form))} == {ORDERS}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(p.name for p in Path().iterdir()) == [file.name, f"{file.name}.manifest.json"]


def test_a_story_goes_to_a_pipe_as_lines(invoke: Invoke, shop: Shop) -> None:
    found = invoke("-s", shop.source, "export", "-", "--key", "order-2", "--stream", ORDERS)
    assert {d["topic"] for d in found.documents} == {ORDERS, LETTERS}
    assert {d["key"] for d in found.documents} == {"order-2"}
    assert "there is no manifest beside a pipe" in found.err


def test_a_pipe_gets_nothing_that_a_terminal_obeys(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "awkward.kstory"
    recorded(path, "awkward", awkward_records("awkward"))
    found = invoke("-s", path, "export", "-")
    assert not {c for c in found.out if ord(c) < 32 or 0x7F <= ord(c) < 0xA0} - {"\n"}
    Path("piped.jsonl").write_text(found.out, encoding="utf-8")
    assert list(read_records(Path("piped.jsonl"), Format.JSONL)) == awkward_records("awkward")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.csv"], "does not say its format"),
        (["-", "--format", "parquet"], "Parquet is written to a file"),
        (["/proc/a.jsonl"], "/proc/a.jsonl cannot be written"),
        (["nowhere/a.jsonl"], "cannot be written: No such file"),
        (["there.jsonl"], "is there already; say --overwrite"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    invoke: Invoke, source: Path, arguments: list[str], said: str
) -> None:
    Path("there.jsonl").write_text("mine")
    found = invoke("-s", source, "export", *arguments)
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
    assert said in found.err
    assert Path("there.jsonl").read_text() == "mine"


def test_a_file_is_replaced_when_that_is_said(invoke: Invoke, source: Path) -> None:
    Path("a.jsonl").write_text("old")
    assert invoke("-s", source, "export", "a.jsonl", "--overwrite").code == 0
    assert len(list(read_records(Path("a.jsonl"), Format.JSONL))) == 30


def test_the_recording_itself_is_not_overwritten(invoke: Invoke, source: Path) -> None:
    before = source.read_bytes()
    found = invoke("-s", source, "export", source, "--format", "jsonl", "--overwrite")
    assert (found.code, source.read_bytes()) == (2, before)


def test_an_export_that_fails_leaves_nothing_behind(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "source.kstory"
    recorded(path, "order-events", records_of(30_000), 3)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 65_536)
    assert invoke("-s", path, "export", "a.parquet").code == 3
    assert list(Path().iterdir()) == []


def test_without_pyarrow_it_says_what_to_install(
    invoke: Invoke, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    found = invoke("-s", source, "export", "a.parquet")
    assert (found.code, "pip install 'kstory[parquet]'" in found.err) == (2, True)
    assert invoke("-s", source, "export", "a.jsonl").code == 0
