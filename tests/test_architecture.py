"""The house: three folders, arrows one way, and a core that knows no user interface."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "readers": {"readers"},
    "replay": {"replay", "readers"},
    "tui": {"tui", "replay", "readers"},
}
IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    drawn = {"textual", "rich", "click", "tui"} & set(sys.modules)
    assert not drawn, f"{name} imports {sorted(drawn)}"
"""


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[str]:
    """The names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module or ""


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_arrows_between_the_folders_go_one_way(folder: str) -> None:
    for path in modules(folder):
        ours = {name.split(".")[0] for name in imported(path)} & {*MAY_IMPORT, "tests"}
        assert ours <= MAY_IMPORT[folder], f"{path} imports {sorted(ours)}"


@pytest.mark.parametrize("folder", ["readers", "replay"])
def test_the_core_imports_without_a_user_interface(folder: str) -> None:
    names = [dotted(path) for path in modules(folder)]
    assert len(names) > 10
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_ALL, *names],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_every_module_says_what_it_is_for(folder: str) -> None:
    for path in modules(folder):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
