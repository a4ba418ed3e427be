"""A file is trusted as it was when the user trusted it, and no other way."""

import os
from pathlib import Path

import pytest

from readers.trust import forget, is_trusted, trust
from tests.configured import Folders


@pytest.fixture
def file(folders: Folders) -> Path:
    return folders.write("[ui]\n")


@pytest.fixture
def store(folders: Folders) -> Path:
    path = Path(os.environ["XDG_STATE_HOME"]) / "kstory" / "trusted.json"
    path.parent.mkdir(parents=True)
    return path


def test_nothing_is_trusted_at_first(file: Path) -> None:
    assert not is_trusted(file, file.read_bytes())


def test_trust_is_bound_to_the_content(file: Path) -> None:
    trust(file, b"one")
    assert is_trusted(file, b"one")
    assert not is_trusted(file, b"two")


def test_trust_is_bound_to_the_place(file: Path) -> None:
    trust(file, b"one")
    assert not is_trusted(file.with_name("other.toml"), b"one")


def test_trusting_again_replaces_the_content(file: Path) -> None:
    trust(file, b"one")
    trust(file, b"two")
    assert (is_trusted(file, b"one"), is_trusted(file, b"two")) == (False, True)


def test_a_file_is_the_same_by_every_path(file: Path) -> None:
    trust(Path("kstory.toml"), b"one")
    link = file.with_name("link.toml")
    link.symlink_to(file)
    assert is_trusted(file, b"one")
    assert is_trusted(link, b"one")


def test_trust_is_taken_back_once(file: Path) -> None:
    other = file.with_name("other")
    trust(file, b"one")
    trust(other, b"one")
    assert (forget(file), forget(file)) == (True, False)
    assert (is_trusted(file, b"one"), is_trusted(other, b"one")) == (False, True)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"7", b"\xff"])
def test_a_damaged_list_trusts_nobody_and_can_be_written_again(
    file: Path, store: Path, damage: bytes
) -> None:
    store.write_bytes(damage)
    assert not is_trusted(file, b"one")
    trust(file, b"one")
    assert is_trusted(file, b"one")


def test_a_list_that_cannot_be_read_trusts_nobody(file: Path, store: Path) -> None:
    store.mkdir()
    assert not is_trusted(file, b"one")
