"""The packages under examples/, as if they were installed, for as long as a test runs."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from readers.decoders.chain import all_decoders

EXAMPLES = Path(__file__).parents[1] / "examples"


def install(name: str, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put an example where Python finds it, with the entry points that its pyproject.toml names."""
    folder = EXAMPLES / name
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = into / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    (info / "entry_points.txt").write_text("\n".join(_entry_points(project["entry-points"])))
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.syspath_prepend(str(into))


def _entry_points(groups: dict[str, dict[str, str]]) -> Iterator[str]:
    for group, entries in groups.items():
        yield f"[{group}]"
        yield from (f"{name} = {place}" for name, place in entries.items())


@pytest.fixture
def fresh_decoders() -> Iterator[None]:
    """Decoders are looked for once; a test that installs one has them looked for again."""
    all_decoders.cache_clear()
    yield
    all_decoders.cache_clear()
