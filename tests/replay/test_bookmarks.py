"""Bookmarks are kept by cluster and aggregate, on this machine, for this user."""

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from readers.record import Position
from replay.bookmarks import Bookmark, Bookmarks, BookmarksError, open_bookmarks

HERE = Position("order-events", 3, 7)
THERE = Position("payment:events", 0, 1)


def bookmark(position: Position = HERE, note: str = "look", **changed: object) -> Bookmark:
    given = {"aggregate": "order-1", "position": position, "note": note, "at_ms": 1} | changed
    return Bookmark(**given)  # type: ignore[arg-type]


@pytest.fixture
def bookmarks(tmp_path: Path) -> Bookmarks:
    return open_bookmarks(tmp_path / "data", "cluster-1")


def test_what_is_kept_is_there_the_next_time(bookmarks: Bookmarks) -> None:
    bookmarks.keep(bookmark(note="two\nlines ✓"))
    bookmarks.keep(bookmark(THERE, at_ms=2))
    again = Bookmarks(bookmarks.path)
    assert again.of("order-1")[HERE].note == "two\nlines ✓"
    assert [each.position for each in again.all()] == [THERE, HERE]
    assert again.of("order-2") == {}


def test_a_new_note_takes_the_place_of_the_old_one(bookmarks: Bookmarks) -> None:
    bookmarks.keep(bookmark())
    bookmarks.keep(bookmark(note="now I know"))
    assert [each.note for each in bookmarks.all()] == ["now I know"]


def test_one_is_removed_and_the_others_stay(bookmarks: Bookmarks) -> None:
    assert not bookmarks.remove("order-1", HERE)
    bookmarks.keep(bookmark())
    bookmarks.keep(bookmark(aggregate="order-2"))
    assert bookmarks.remove("order-1", HERE)
    assert not bookmarks.remove("order-1", HERE)
    assert [each.aggregate for each in bookmarks.all()] == ["order-2"]


def test_nothing_is_made_before_something_is_kept(bookmarks: Bookmarks) -> None:
    assert bookmarks.of("order-1") == {}
    assert bookmarks.all() == ()
    assert not bookmarks.path.parent.exists()


def test_the_file_is_this_users_alone(bookmarks: Bookmarks) -> None:
    bookmarks.keep(bookmark())
    assert stat.S_IMODE(bookmarks.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(bookmarks.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("cluster", ["a/../../b", "c" * 300, ""])
def test_any_name_of_a_cluster_is_a_file_of_its_own(tmp_path: Path, cluster: str) -> None:
    bookmarks = open_bookmarks(tmp_path, cluster)
    bookmarks.keep(bookmark())
    assert bookmarks.path.parent == tmp_path
    assert open_bookmarks(tmp_path, "cluster-1").all() == ()


def test_several_may_write_at_once(bookmarks: Bookmarks) -> None:
    def keep(offset: int) -> None:
        Bookmarks(bookmarks.path).keep(bookmark(Position("t", 0, offset)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(40)))
    assert len(bookmarks.of("order-1")) == 40


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be looked at" * 9])
def test_a_file_that_is_none_of_ours_is_one_sentence(bookmarks: Bookmarks, content: bytes) -> None:
    bookmarks.path.parent.mkdir()
    bookmarks.path.write_bytes(content)
    with pytest.raises(BookmarksError, match=r"cannot be read: .*move it away"):
        bookmarks.all()
    with pytest.raises(BookmarksError, match="cannot be written"):
        bookmarks.keep(bookmark())
    assert bookmarks.path.read_bytes() == content


def test_another_programs_file_is_left_alone(bookmarks: Bookmarks) -> None:
    bookmarks.path.parent.mkdir()
    with closing(sqlite3.connect(bookmarks.path)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(BookmarksError, match="no bookmarks of kstory's"):
        bookmarks.keep(bookmark())


def test_a_newer_kstorys_file_is_left_alone(bookmarks: Bookmarks) -> None:
    bookmarks.keep(bookmark())
    with closing(sqlite3.connect(bookmarks.path)) as connection:
        connection.execute("PRAGMA user_version = 9")
    with pytest.raises(BookmarksError, match="a newer kstory wrote it"):
        bookmarks.of("order-1")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BookmarksError, match="cannot be written"):
        open_bookmarks(tmp_path / "file", "c").keep(bookmark())
