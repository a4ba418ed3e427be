"""What tests of the configuration share."""

from pathlib import Path

import pytest

from tests.configured import Folders


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """Empty configuration folders; the test stands in the working directory."""
    return Folders(tmp_path, monkeypatch)
