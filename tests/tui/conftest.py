"""What tests of the interface share: no trace on the machine, no colour from its environment."""

from pathlib import Path

import pytest

from readers.profiles import SourceSpec
from tests.tui.failing_shop import Shop, made
from tests.tui.invoked import Invoke, Result
from tui.cli import kstory, run
from tui.settings import Settings


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Crash reports, ledgers and plans of a test do not go where the user's own are."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_ANIMATIONS", "EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def invoke(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Invoke:
    """Runs a command line in an empty folder, without configuration."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("KSTORY_SOURCE", raising=False)

    def call(*arguments: object) -> Result:
        settings = Settings()
        line = [str(argument) for argument in arguments]
        code = run(lambda: kstory.main(line, standalone_mode=False, obj=settings), settings)
        out, err = capfdbinary.readouterr()
        return Result(code, out.decode(), err.decode())

    return call


@pytest.fixture(
    scope="session", params=["recording", pytest.param("kafka", marks=pytest.mark.broker)]
)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A small shop with dead letters, which tests only read, in either kind of source."""
    if request.param == "recording":
        path = tmp_path_factory.mktemp("shop") / "shop.kstory"
        return made(SourceSpec("recording", str(path), allow_writes=True))
    broker = request.getfixturevalue("broker")
    return made(SourceSpec("kafka", broker.bootstrap, allow_writes=True))
