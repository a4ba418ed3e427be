"""What a plan was cut off while sending is known by its file."""

from pathlib import Path

import pytest

from replay.deadletters.ledger import open_ledger
from replay.deadletters.republish.unsettled import find_unsettled


def test_a_plan_whose_file_is_gone_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    ledger = open_ledger(tmp_path, "cluster")
    assert find_unsettled(ledger).warnings == []
    ledger.begin("0199a8c1-7c1e-7000-8000-3f2a9bd17c1e", [0], {}, who="ann@laptop", at_ms=1)
    found = find_unsettled(ledger)
    assert found.plans == {}
    assert "0199a8c1-7c1e-7000-8000-3f2a9bd17c1e was cut off" in found.warnings[0]
    ledger.close()
