"""Two plans that share letters, applied at the same time: each letter goes once."""

from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import pytest

from replay.deadletters.republish.sending.apply_step import ApplyState
from tests.replay.deadletters.republish.planned import SCAN, World


@pytest.mark.parametrize("how", [{}, SCAN], ids=["transactions", "scan"])
def test_step_by_step_each_letter_is_sent_and_noted_once(
    tmp_path: Path, how: dict[str, object]
) -> None:
    world = World(tmp_path, 200)
    one = world.plan(**how)
    two = replace(one, id="01a20a7a-36b1-7233-ad5f-f3963c37ca43")
    turns = list(zip_longest(world.steps(one), world.steps(two)))
    won, lost = ([step for step in steps if step][-1] for steps in zip(*turns, strict=True))
    values = [record.value for record in world.sent()]
    assert len(values) == len(set(values)) == len(world.noted()) == 200
    assert (won.state, lost.state) == (ApplyState.DONE, ApplyState.STOPPED)
    assert one.id in lost.sentence
    world.ledger.close()
