"""The lines on a whole plan say what its letters' own say."""

from dataclasses import replace

import pytest

from readers.record import TopicPartition
from tests.fakes import FakeSource
from tests.replay.deadletters.republish.planned import ORIGIN, letters, plan_of
from tui.render.plan_summary import summary_lines


@pytest.mark.parametrize(
    ("unplaced", "moved", "said"),
    [
        (0, 0, "partition as recorded · "),
        (3, 0, "3 by key · "),
        (1, 0, "1 by key, 2 to the partition as recorded · "),
        (
            1,
            1,
            "1 by key, 1 to another place than they came from, 1 to the partition as recorded · ",
        ),
    ],
)
def test_the_recorded_partition_is_said_only_of_letters_that_have_one(
    unplaced: int, moved: int, said: str
) -> None:
    source = FakeSource(records := letters(3))
    source.add_topic(ORIGIN, 4)
    plan = plan_of(source, records)
    sent = [replace(each, origin=None) for each in plan.letters[:unplaced]]
    for each in plan.letters[unplaced : unplaced + moved]:
        sent.append(replace(each, target=TopicPartition(ORIGIN, 3)))
    sent += plan.letters[unplaced + moved :]
    *_, last = summary_lines(plan, sent)
    assert last.plain.startswith(said)
