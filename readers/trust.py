"""Which files of other people's may name code to run: those the user trusted, as they then were."""

import hashlib
import json
import os
from pathlib import Path

import platformdirs

from readers.errors import ConfigError


def is_trusted(path: Path, content: bytes) -> bool:
    """Whether the user trusted this file with exactly this content."""
    return _read().get(str(path.resolve())) == _digest(content)


def trust(path: Path, content: bytes) -> None:
    """Remember that this file may name code, as long as its content stays the same."""
    _write({**_read(), str(path.resolve()): _digest(content)})


def forget(path: Path) -> bool:
    """Take a file's trust back; False where it had none."""
    trusted = _read()
    if trusted.pop(str(path.resolve()), None) is None:
        return False
    _write(trusted)
    return True


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _store() -> Path:
    return platformdirs.user_state_path("kstory") / "trusted.json"


def _read() -> dict[str, str]:
    try:
        data = json.loads(_store().read_bytes())
    except (OSError, ValueError):  # a list that is damaged or closed to us trusts nobody
        return {}
    return data if isinstance(data, dict) else {}


def _write(trusted: dict[str, str]) -> None:
    store = _store()
    try:
        _replace(store, json.dumps(trusted, indent=1))
    except OSError as error:
        raise ConfigError(f"{store}: cannot be written: {error.strerror}.") from error


def _replace(store: Path, text: str) -> None:
    store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = store.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    os.chmod(fresh, 0o600)
    fresh.replace(store)
