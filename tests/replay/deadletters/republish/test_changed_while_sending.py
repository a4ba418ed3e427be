"""A plan that is being sent stops where its targets change under it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from replay.deadletters.republish.sending.apply_step import ApplyState, ApplyStep
from tests.fakes import record_of
from tests.replay.deadletters.republish.planned import ORIGIN, SCAN, World

GUARANTEES = pytest.mark.parametrize("how", [{}, SCAN], ids=["transactions", "scan"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.ledger.close()


def _after_the_first(world: World, run: Iterator[ApplyStep]) -> None:
    """Go on until a letter is sent, so that what follows happens between two appends."""
    while next(run).sent < 1:
        pass


@GUARANTEES
def test_a_newer_record_of_a_key_still_to_be_sent_stops_it(
    world: World, how: dict[str, object]
) -> None:
    run = world.steps(world.plan(ramp=(1, 20), **how), canary_wait_s=1.0)
    _after_the_first(world, run)
    world.source.append(record_of(ORIGIN, 1, key=b"order-1", value=b"newer"))
    *_, last = run
    assert (last.state, last.sent) == (ApplyState.STOPPED, 1)
    assert last.sentence == (
        f"A newer record with a planned key came to {ORIGIN}:1@0 since the plan was made. Nothing "
        "more is sent; make a new plan. Forced, it is sent in spite of it. 1 of 7 letters were "
        "sent, 6 not."
    )
    assert [record.value for record in world.sent()] == [b'{"n":0}', b"newer"]


def test_forced_it_goes_on(world: World) -> None:
    run = world.steps(world.plan(ramp=(1, 20)), canary_wait_s=1.0, force=True)
    _after_the_first(world, run)
    world.source.append(record_of(ORIGIN, 1, key=b"order-1"))
    *_, last = run
    assert (last.state, last.sent) == (ApplyState.DONE, 7)


def test_a_newer_record_of_a_key_that_is_sent_already_is_nothing(world: World) -> None:
    world.letters = world.letters[:3]
    run = world.steps(world.plan(ramp=(1, 20)), canary_wait_s=1.0)
    _after_the_first(world, run)
    world.source.append(record_of(ORIGIN, 0, key=b"order-0"), record_of(ORIGIN, 1, key=b"other"))
    *_, last = run
    assert (last.state, last.sent) == (ApplyState.DONE, 3)


@pytest.mark.parametrize("force", [False, True])
def test_more_partitions_stop_it(world: World, force: bool) -> None:
    run = world.steps(world.plan(ramp=(1, 20)), canary_wait_s=1.0, force=force)
    _after_the_first(world, run)
    world.source.add_topic(ORIGIN, 5)
    *_, last = run
    assert (last.state, last.sent) == (ApplyState.STOPPED, 1)
    assert "has 5 partitions now and had 3" in last.sentence


def test_a_target_made_anew_stops_it(world: World) -> None:
    run = world.steps(world.plan(ramp=(1, 20)), canary_wait_s=1.0)
    _after_the_first(world, run)
    world.source.infos[ORIGIN]["topic_id"] = "another"
    *_, last = run
    assert (last.state, last.sent) == (ApplyState.STOPPED, 1)
    assert "deleted and made again" in last.sentence


def test_each_record_of_the_targets_is_read_once_and_its_own_are_not(world: World) -> None:
    run = world.steps(world.plan(ramp=(1, 1)), canary_wait_s=1.0)
    _after_the_first(world, run)
    for _ in range(3):
        world.source.append(record_of(ORIGIN, 2, key=b"other"))
    *_, last = run
    assert last.state is ApplyState.DONE
    read = [span for span in world.source.reads if span.topic == ORIGIN]
    assert sum(span.width for span in read) == 3
