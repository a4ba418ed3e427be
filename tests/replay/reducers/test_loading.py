"""Reducers are found by name and by file, and nothing runs that nobody named."""

import ast
import sys
from pathlib import Path

import pytest

from readers.errors import UsageError
from replay.reducers.foreign import Returned
from replay.reducers.loading import choose_reducer, load_reducer, reducer_names
from replay.reducers.naming import is_file
from tests.replay.reducers.written import run, states, write

ADD = "def reduce(state, event):\n    return (state or 0) + event['value']\n"


def after(text: str, value: object, state: bytes = b"null") -> object:
    """The state after one event, by the reducer of this name or file."""
    return states(run(load_reducer(text), value, state=state))[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as error:
        load_reducer(text)
    return str(error.value)


@pytest.mark.parametrize("name", ["order", "merge", "last", "debezium"])
def test_a_built_in_reducer_is_found_by_its_name(name: str) -> None:
    assert load_reducer(name).name == name
    assert name in reducer_names()


def test_an_unknown_name_lists_the_known_ones() -> None:
    told = refusal("ordre")
    assert told.startswith("There is no reducer 'ordre'; known are ")
    assert all(name in told for name in ("last", "merge", "order", "FILE.py:FUNCTION"))


def test_a_file_is_a_reducer_by_its_reduce(folder: Path) -> None:
    assert after(write(folder / "mine.py", ADD), 2, b"1") == 3


def test_a_function_in_a_file_is_a_reducer(folder: Path) -> None:
    write(folder / "mine.py", "def fold(state, event):\n    return 7\n")
    assert after("mine.py:fold", 1) == 7


def test_an_object_in_a_file_is_a_reducer_with_all_its_parts(folder: Path) -> None:
    text = """
class Mine:
    event_types = ["A"]
    def reduce(self, state, event): return 1
    def initial(self, aggregate_id): return aggregate_id
    def narrate(self, event, before, after): return "said"
    def check(self, state): return ["broken"]
mine = Mine()
"""
    reducer = load_reducer(write(folder / "mine.py", text) + ":mine")
    (step,) = run(reducer, 1)
    assert (step.says, step.after) == ("said", b"1")
    assert (reducer.first("x"), reducer.event_types) == (Returned(b'"x"'), {"A"})
    assert reducer.checked(b"1").broken == ("broken",)


def test_naming_reduce_takes_the_files_other_parts_too(folder: Path) -> None:
    path = write(folder / "mine.py", ADD + "def initial(aggregate_id):\n    return 1\n")
    assert load_reducer(f"{path}:reduce").first("x") == Returned(b"1")


@pytest.mark.parametrize("place", [".pyenv/mine.py", "a.py:b/mine.py", "with space/mine.py"])
def test_a_file_may_lie_in_a_folder_of_any_name(folder: Path, place: str) -> None:
    write(folder / place, ADD)
    assert after(place, 1) == 1
    assert after(f"{place}:reduce", 1) == 1


def test_a_file_may_define_dataclasses(folder: Path) -> None:
    text = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    text += "@dataclass\nclass State:\n    total: int\n" + ADD
    assert after(write(folder / "mine.py", text), 1) == 1


def test_a_file_that_was_edited_is_loaded_as_it_is_now(folder: Path) -> None:
    path = write(folder / "mine.py", "def reduce(state, event): return 'one'\n")
    assert after(path, 1) == "one"
    write(folder / "mine.py", "def reduce(state, event): return 'the second'\n")
    assert after(path, 1) == "the second"


def test_a_missing_file_or_name_is_refused(folder: Path) -> None:
    path = write(folder / "mine.py", ADD)
    assert refusal("none.py:f").startswith("There is no file none.py; ")
    assert refusal(f"{path}:none") == f"{path}:none: the file has no none."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys\nsys.exit(0)", "SystemExit: 0"),
        ("def (", "SyntaxError"),
        ("import no_such_module_at_all", "ModuleNotFoundError"),
        ("class E(BaseException): pass\nx = 1", "is no function and has no `reduce`"),
        ("reduce = 5", "`reduce` is no function"),
        ("def reduce(s, e): ...\ncheck = 5", "`check` is no function"),
        ("def reduce(s, e): ...\nreplaces = 5", "`replaces` is no function"),
        ("def reduce(s, e): ...\nevent_types = 'A'", "`event_types` is no list of names"),
        ("def reduce(s, e): ...\nevent_types = 5", "`event_types` is no list of names"),
        ("\0", "does not load"),
    ],
)
def test_a_file_that_cannot_be_a_reducer_is_refused_in_a_sentence(
    folder: Path, text: str, says: str
) -> None:
    told = refusal(write(folder / "mine.py", text))
    assert says in told
    assert "\n" not in told


def test_nothing_is_loaded_for_lying_in_the_working_directory(folder: Path) -> None:
    for name in ("mine", "order", "reducers", "kstory_reducer"):
        write(folder / f"{name}.py", f"open('ran-{name}', 'w')\n{ADD}")
    refusal("mine")
    assert after("order", 1, b"{}") == {}
    choose_reducer(["OrderPaid"])
    assert not list(folder.glob("ran-*"))


def test_loading_leaves_the_import_path_alone(folder: Path) -> None:
    before = list(sys.path)
    load_reducer(write(folder / "mine.py", ADD))
    assert sys.path == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a.py", True), ("a.py:f", True), ("/x/a.py:f", True), ("order", False), ("a.pyx", False)],
)
def test_code_in_a_file_is_told_from_a_name(text: str, expected: bool) -> None:
    assert is_file(text) is expected


@pytest.mark.parametrize(
    ("types", "name"),
    [
        (["OrderCreated", "ItemAdded", "OrderPaid"], "order"),
        (["OrderCreated", "OrderPaid", "Other"], "order"),
        (["OrderCreated", "Other"], "merge"),
        (["OrderCreated", None, None], "merge"),
        ([None], "merge"),
        ([], "merge"),
    ],
)
def test_the_reducer_written_for_most_of_the_events_is_chosen(
    types: list[str | None], name: str
) -> None:
    assert choose_reducer(types).name == name


@pytest.mark.parametrize("name", ["order", "merge", "last", "debezium"])
def test_a_built_in_reducer_imports_nothing_of_ours(name: str) -> None:
    tree = ast.parse((Path(__file__).parents[3] / f"replay/reducers/{name}.py").read_text())
    imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    assert all((each or "").split(".")[0] in sys.stdlib_module_names for each in imported)
