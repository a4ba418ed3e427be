"""A kstory.toml for tests, read from folders of their own."""

from pathlib import Path

import pytest

from readers.config_file import FILE_NAME, Config, read_config


class Folders:
    """A user's home and a working directory, both empty at first."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.here = root / "here"
        self.own = root / "config" / "kstory"
        self.here.mkdir()
        self.own.mkdir(parents=True)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(root / "config"))
        monkeypatch.setenv("XDG_STATE_HOME", str(root / "state"))
        monkeypatch.setenv("XDG_DATA_HOME", str(root / "data"))
        monkeypatch.chdir(self.here)

    def write(self, text: str, *, own: bool = False, mode: int = 0o600) -> Path:
        """Write the working directory's file, or the user's own."""
        path = (self.own if own else self.here) / FILE_NAME
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def read(self) -> Config:
        """What the files say now."""
        return read_config(self.here)
