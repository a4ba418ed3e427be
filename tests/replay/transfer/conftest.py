"""Both kinds of sources for tests of moving records."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from readers.profiles import SourceSpec
from tests.contract.rigs import KafkaRig
from tests.replay.transfer.places import Place


@pytest.fixture(params=[pytest.param("kafka", marks=pytest.mark.broker), "recording"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty recording, or the broker that all tests share."""
    if request.param == "recording":
        yield Place(SourceSpec("recording", str(tmp_path / "place.kstory"), allow_writes=True))
        return
    broker = request.getfixturevalue("broker")
    with closing(KafkaRig(broker)) as rig:
        yield Place(SourceSpec("kafka", broker.bootstrap, allow_writes=True), rig)


@pytest.fixture(autouse=True)
def _data_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
