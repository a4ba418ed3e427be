"""What a story would be is written where someone asks for it, and nobody can take it for real."""

from pathlib import Path

import pytest

from readers.errors import UsageError
from readers.record import Record
from replay.reducers import merge
from replay.reducers.reducer import as_reducer
from replay.states.what_if import WhatIf
from replay.story import tell
from replay.transfer.files import Format, read_records
from replay.transfer.what_if_file import WHAT_IF, write_world
from tests.replay.told import STREAM, event


def what_if() -> WhatIf:
    events = [event(n, n, value={f"a{n}": n}, headers=[("h", b"x")]) for n in range(4)]
    reducer = as_reducer("merge", merge)
    return WhatIf(
        tell(
            [events], aggregate="order-1", stream=STREAM, topics=STREAM.topics,
            reducer=reducer, missing=None,
        )
    )  # fmt: skip


def written(changed: WhatIf, path: Path) -> list[Record]:
    count = write_world(changed.world, path)
    form = Format.PARQUET if path.suffix == ".parquet" else Format.JSONL
    records = list(read_records(path, form))
    assert len(records) == count
    return records


@pytest.mark.parametrize("name", ["world.jsonl", "world.parquet"])
def test_the_records_are_those_of_the_changed_world(tmp_path: Path, name: str) -> None:
    changed = what_if()
    changed.skip(1)
    changed.edit(2, None)
    changed.move(4, 3)
    records = written(changed, tmp_path / name)
    assert [(r.offset, r.value) for r in records] == [
        (1, None), (3, b'{"a3":3}'), (2, b'{"a2":2}'),
    ]  # fmt: skip
    assert [r.headers for r in records] == [
        (("h", b"x"), (WHAT_IF, said)) for said in (b"edited", b"moved", b"as it was")
    ]


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "world.jsonl"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        write_world(what_if().world, path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "said"), [("world", "call it .jsonl or .parquet"), ("no/a.jsonl", "cannot be written")]
)
def test_what_cannot_be_written_is_a_sentence(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        write_world(what_if().world, tmp_path / name)
