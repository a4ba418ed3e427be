"""Entry points are found as `importlib.metadata` finds them, and hardly ever by loading it."""

import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from readers.plugins import plugins

GROUP = "kstory.sources"
METADATA = "Name: other\nVersion: 1.0\n"
ENTRIES = f"[{GROUP}]\nnothing = nowhere\n"
ASK = f"""
import sys
from readers.plugins import plugins
assert plugins({GROUP!r}) == ()
assert "importlib.metadata" not in sys.modules
"""


def test_an_installed_package_is_found_by_group_and_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "Other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRIES)
    monkeypatch.syspath_prepend(str(tmp_path))
    (found,) = plugins(GROUP)
    assert found == entry_points(group=GROUP)["nothing"]
    assert plugins(GROUP, "nothing") == (found,)
    assert plugins(GROUP, "another") == plugins("kstory.none") == ()


def test_a_package_in_a_zip_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("other-1.0.dist-info/METADATA", METADATA)
        file.writestr("other-1.0.dist-info/entry_points.txt", ENTRIES)
    monkeypatch.syspath_prepend(str(path))
    assert [entry.name for entry in plugins(GROUP)] == ["nothing"]


def test_a_finder_of_its_own_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Finder:
        @staticmethod
        def find_distributions(context: object) -> tuple[()]:
            asked.append(context)
            return ()

        @staticmethod
        def find_spec(name: str, path: object, target: object = None) -> None:
            return None

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert plugins(GROUP) == ()
    assert asked


def test_without_plug_ins_the_library_is_not_even_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=Path(__file__).parents[2],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
