"""Any record through both formats, and lines that others wrote."""

import errno
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers.errors import UsageError
from readers.record import Record, TimestampType
from replay.transfer.files import Format, record_file
from replay.transfer.lines import LINE_BYTES_MAX, line_of, read_lines, record_of_line
from replay.transfer.parquet import ParquetWriter, read_parquet

_LARGEST = 2**63 - 1
_NAMES = st.binary(max_size=8).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
_BYTES = st.none() | st.binary(max_size=40) | st.text(max_size=20).map(str.encode)


@st.composite
def records(draw: st.DrawFn) -> Record:
    at_ms = draw(st.none() | st.integers(-_LARGEST, _LARGEST))
    return Record(
        draw(st.text("abc.-_", min_size=1, max_size=9)),
        draw(st.integers(0, 2**31 - 1)),
        draw(st.integers(0, _LARGEST - 1)),
        at_ms,
        None if at_ms is None else draw(st.sampled_from(TimestampType)),
        draw(_BYTES),
        draw(_BYTES),
        tuple(draw(st.lists(st.tuples(_NAMES, _BYTES), max_size=4))),
    )


@given(records())
def test_any_record_is_one_line_and_comes_back(record: Record) -> None:
    line = line_of(record)
    assert line.count(b"\n") == 1
    assert record_of_line(line) == record


@settings(max_examples=30)
@given(st.lists(records(), max_size=5))
def test_any_record_comes_back_from_parquet(given_records: list[Record]) -> None:
    file = io.BytesIO()
    writer = ParquetWriter(file)
    writer.write(given_records)
    writer.close()
    assert list(read_parquet(io.BytesIO(file.getvalue()), "it")) == given_records


def _said(read: Callable[[BinaryIO, str], Iterator[Record]], content: bytes) -> str:
    try:
        list(read(io.BytesIO(content), "it"))
    except UsageError as error:
        return str(error)
    return "nothing"


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_a_sentence(content: bytes) -> None:
    for read in (read_lines, read_parquet):
        assert "\n" not in _said(read, content)


def test_empty_lines_and_a_missing_last_line_break_are_passed_over() -> None:
    line = line_of(Record("a", 0, 0, None, None, None, b""))
    file = io.BytesIO(b"\n" + line + b"\r\n" + line.rstrip())
    assert len(list(read_lines(file, "it"))) == 2


def test_a_line_without_end_is_not_read_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LINE_BYTES_MAX > 100_000_000
    monkeypatch.setattr("replay.transfer.lines.LINE_BYTES_MAX", 100)
    with pytest.raises(UsageError, match=r"Line 1 of it .* longer than"):
        list(read_lines(io.BytesIO(b"x" * 5_000), "it"))


def _write_on_a_full_disk(path: Path, form: Format) -> None:
    with record_file(path, form) as writer:
        writer.write([Record("a", 0, 0, None, None, None, b"x")])
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("form", list(Format))
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, form: Format) -> None:
    with pytest.raises(UsageError, match="cannot be written: No space left"):
        _write_on_a_full_disk(tmp_path / "a", form)
    assert list(tmp_path.iterdir()) == []
