"""A reducer's code is known by its bytes, wherever it lies and whatever it is called."""

import hashlib
from pathlib import Path

import pytest

from replay.reducers import order
from replay.reducers.loading import load_reducer
from tests.replay.reducers.written import write

COUNTING = "def reduce(state, event):\n    return (state or 0) + 1\n"


def sha256_of(path: str) -> str | None:
    return load_reducer(path).code_sha256


def test_a_files_hash_is_that_of_its_bytes_wherever_it_lies(tmp_path: Path) -> None:
    one, other = write(tmp_path / "a.py", COUNTING), write(tmp_path / "else" / "b.py", COUNTING)
    expected = hashlib.sha256(COUNTING.encode()).hexdigest()
    assert sha256_of(one) == sha256_of(other) == expected


def test_a_neighbour_that_it_imports_counts_too(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", f"import step_of_mine\n{COUNTING}")
    write(tmp_path / "step_of_mine.py", "BY = 1\n")
    before = sha256_of(path)
    write(tmp_path / "step_of_mine.py", "BY = 2\n")
    assert before != sha256_of(path)


def test_one_that_was_edited_and_loaded_anew_has_another(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", COUNTING)
    reducer = load_reducer(path)
    before = reducer.code_sha256
    write(tmp_path / "mine.py", COUNTING.replace("1", "10"))
    assert reducer.code_sha256 == before != reducer.fresh().code_sha256


@pytest.mark.parametrize("name", ["order", "merge", "last", "debezium"])
def test_a_built_in_ones_is_that_of_its_file(name: str) -> None:
    file = Path(order.__file__).with_name(f"{name}.py")
    assert sha256_of(name) == hashlib.sha256(file.read_bytes()).hexdigest()
