"""The demo as a recording, written once; a test that writes into it takes a copy."""

import shutil
from pathlib import Path

import pytest

from replay.demo.dataset import write_demo
from tests.tui.screens.demo_app import END_MS


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's recording, to be read."""
    path = tmp_path_factory.mktemp("demo") / "demo.kstory"
    write_demo(path, end_ms=END_MS)
    return path


@pytest.fixture
def own_demo(demo: Path, tmp_path: Path) -> Path:
    """A copy of it, to be written to."""
    return Path(shutil.copy(demo, tmp_path / "demo.kstory"))
