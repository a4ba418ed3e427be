"""A recording's writer lets the next one in, whatever fails as it opens or closes."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from readers.recording import RecordingSink


class _Broken(sqlite3.Connection):
    """A connection to a damaged file."""

    closed = 0

    def execute(self, *args: object) -> sqlite3.Cursor:
        raise sqlite3.DatabaseError("database disk image is malformed")

    def close(self) -> None:
        type(self).closed += 1
        super().close()


def test_a_file_that_cannot_be_prepared_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, before = tmp_path / "some.kstory", _Broken.closed
    with monkeypatch.context() as patch:
        patch.setattr(
            "readers.recording_sink.open_to_write",
            lambda path: sqlite3.connect(":memory:", factory=_Broken),
        )
        with pytest.raises(Exception, match="malformed"):
            RecordingSink(path)
    assert _Broken.closed == before + 1
    RecordingSink(path).close()


def test_a_close_that_fails_gives_the_lock_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "some.kstory"
    with monkeypatch.context() as patch:
        patch.setattr(
            "readers.recording_sink.open_to_write",
            lambda path: sqlite3.connect(":memory:", factory=_Broken),
        )
        patch.setattr(RecordingSink, "_prepare", lambda sink: None)
        sink = RecordingSink(path)
    with pytest.raises(sqlite3.DatabaseError):
        sink.close()
    with closing(RecordingSink(path)):
        pass
