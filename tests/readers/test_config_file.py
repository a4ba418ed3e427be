"""kstory.toml is found in two places, and what it holds wrongly is said by file, table and key."""

import re

import pytest

from readers.errors import ConfigError
from tests.configured import Folders


def test_without_files_nothing_is_configured(folders: Folders) -> None:
    config = folders.read()
    assert (config.profiles, config.streams, config.ui, config.default_profile) == (
        {}, {}, None, None,
    )  # fmt: skip


def test_the_working_directorys_tables_win_over_the_users(folders: Folders) -> None:
    folders.write('[profiles.a]\nx = 1\n[profiles.b]\nx = 1\n[ui]\nzone = "local"', own=True)
    folders.write("[profiles.b]\nz = 2")
    config = folders.read()
    assert {name: dict(table.values) for name, table in config.profiles.items()} == {
        "a": {"x": 1}, "b": {"z": 2},
    }  # fmt: skip
    assert config.ui is not None


def test_standing_in_the_users_folder_the_file_is_read_once_as_his_own(
    folders: Folders,
) -> None:
    folders.here = folders.own
    folders.write("[profiles.a]\nx = 1", own=True)
    assert folders.read().profiles["a"].may_run


def test_only_the_users_own_file_may_run_code_at_first(folders: Folders) -> None:
    folders.write("[profiles.a]\nx = 1", own=True)
    folders.write("[profiles.b]\nx = 1")
    profiles = folders.read().profiles
    assert (profiles["a"].may_run, profiles["b"].may_run) == (True, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "[profile.a]\n",
            "profile: is unknown; known are dead_letters, default_profile, profiles, streams, ui.",
        ),
        ("profiles = 5", "profiles: must hold tables, such as [profiles.NAME]."),
        ("[profiles]\nx = 1", "profiles: must hold tables, such as [profiles.NAME]."),
        ("[[streams]]\nx = 1", "streams: must hold tables, such as [streams.NAME]."),
        ("ui = 5", "ui: must be a table"),
        ("dead_letters = 5", "dead_letters: must be a table, [dead_letters]."),
        ("[dead_letters]\ntopcis = []", "[dead_letters] topcis: is unknown"),
        ("default_profile = 5", "default_profile: must be a text in quotes."),
        (
            "default_profile = 'prdo'\n[profiles.prod]",
            "default_profile: there is no profile 'prdo'",
        ),
        ("default_profile = '${NO_SUCH_NAME}'", "default_profile: the environment variable"),
        ("a = [", "is no valid TOML: "),
        ("a = " + "[" * 10_000, "is no valid TOML: "),
        ("a = 1\na = 2", "is no valid TOML: "),
    ],
)
def test_what_is_wrong_is_said_with_the_files_name(folders: Folders, text: str, says: str) -> None:
    path = folders.write(text)
    with pytest.raises(ConfigError, match=f"^{re.escape(str(path))}: .*{re.escape(says)}"):
        folders.read()


def test_bytes_that_are_no_utf_8_are_said(folders: Folders) -> None:
    folders.write("").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="is no valid TOML"):
        folders.read()


def test_a_default_profile_may_be_described_in_the_other_file(folders: Folders) -> None:
    folders.write("[profiles.a]\nx = 1", own=True)
    folders.write('default_profile = "a"')
    assert folders.read().default_profile == "a"
