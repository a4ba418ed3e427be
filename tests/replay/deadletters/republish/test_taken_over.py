"""Two who send one plan, and one of them is cut off while the other goes on."""

from collections import Counter
from pathlib import Path

import pytest

from readers.errors import SourceUnreachable
from replay.deadletters.republish.sending.apply_step import ApplyState
from tests.fakes import FakeOnceWriter
from tests.replay.deadletters.republish.planned import World


def test_one_cut_off_while_another_sent_the_rest_sends_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path / "one", 200)
    plan, appends, append = world.plan(), [0], FakeOnceWriter.append

    def cut_off_at_the_second(self: FakeOnceWriter, records):  # type: ignore[no-untyped-def]
        appends[0] += 1
        if appends[0] != 2:
            return append(self, records)
        other = World(tmp_path / "other", 0)
        other.source, other.sink = world.source, type(world.sink)(world.source)
        *_, last = other.apply(plan)
        assert last.state is ApplyState.DONE
        raise SourceUnreachable("the network was gone")

    monkeypatch.setattr(FakeOnceWriter, "append", cut_off_at_the_second)
    *_, last = world.apply(plan)
    assert last.state is ApplyState.STOPPED
    assert set(Counter(record.value for record in world.sent()).values()) == {1}
    assert len(world.sent()) == 200
