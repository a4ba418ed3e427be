"""One suite, every source."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.rigs import KafkaRig, MemoryRig, RecordingRig, Rig


@pytest.fixture(params=[pytest.param("kafka", marks=pytest.mark.broker), "recording", "memory"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """A place to fill and to read, of each kind in turn."""
    made: Rig
    match request.param:
        case "kafka":
            made = KafkaRig(request.getfixturevalue("broker"))
        case "recording":
            made = RecordingRig(tmp_path)
        case _:
            made = MemoryRig()
    yield made
    made.close()
