"""Letters that come back are known, whatever their framework keeps of what was sent."""

from collections.abc import Iterator
from pathlib import Path
from struct import pack

import pytest

from readers.record import Header, Position, Record
from replay.deadletters.ledger import content_hash
from replay.deadletters.republish.sending.apply_step import ApplyState, ApplyStep
from replay.deadletters.republish.sending.watch import watched_topics
from tests.fakes import record_of
from tests.replay.deadletters.republish.planned import DLT, ORIGIN, World, planned


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.ledger.close()


def share_group(at: Position) -> tuple[Header, ...]:
    """What a share group says of a record that it gave up on."""
    told = {"topic": at.topic, "partition": at.partition, "offset": at.offset, "group": "shipping"}
    return tuple((f"__dlq.errors.{name}", str(value).encode()) for name, value in told.items())


def spring(at: Position) -> tuple[Header, ...]:
    return (
        ("kafka_dlt-original-topic", at.topic.encode()),
        ("kafka_dlt-original-partition", pack(">i", at.partition)),
        ("kafka_dlt-original-offset", pack(">q", at.offset)),
    )


def first_sent(world: World, **plan: object) -> tuple[Iterator[ApplyStep], Record]:
    """A run whose canary is sent, and that."""
    letters = tuple(
        planned(n, each, content=content_hash(each.key, each.value))
        for n, each in enumerate(world.letters)
    )
    run = world.steps(world.plan(**({"ramp": (1, 20), "letters": letters} | plan)))
    while next(run).sent < 1:
        pass
    return run, world.sent()[0]


def last_of(run: Iterator[ApplyStep]) -> tuple[ApplyState, int, int]:
    *_, last = run
    return last.state, last.sent, last.came_back


def test_a_letter_that_says_only_where_it_was_read_came_back(world: World) -> None:
    run, sent = first_sent(world)
    headers = share_group(sent.position)
    world.source.append(record_of(DLT, 0, key=None, value=None, headers=headers))
    assert last_of(run) == (ApplyState.STOPPED, 1, 1)


def test_its_position_may_be_in_any_hop(world: World) -> None:
    run, sent = first_sent(world)
    headers = spring(sent.position) + spring(Position("order-events-retry", 0, 3))
    world.source.append(record_of(DLT, 0, headers=headers))
    assert last_of(run) == (ApplyState.STOPPED, 1, 1)


@pytest.mark.parametrize("keeps_key", [True, False])
def test_a_letter_without_headers_is_known_by_its_content(world: World, keeps_key: bool) -> None:
    run, sent = first_sent(world)
    key = sent.key if keeps_key else None
    world.source.append(record_of(DLT, 0, key=key, value=sent.value))
    assert last_of(run) == (ApplyState.STOPPED, 1, 1)


def test_another_letter_is_none_of_them(world: World) -> None:
    run, sent = first_sent(world)
    elsewhere = sent.position._replace(offset=99)
    world.source.append(
        record_of(DLT, 0, key=sent.key, value=sent.value, headers=share_group(elsewhere)),
        record_of(DLT, 0, key=b"another", value=sent.value),
        record_of(DLT, 0, key=None, value=None),
    )
    assert last_of(run) == (ApplyState.DONE, 7, 0)


def test_letters_of_one_content_come_back_one_by_one(world: World) -> None:
    same = [
        record_of(DLT, 0, 10, key=b"k", value=b"v"),
        record_of(DLT, 0, 11, key=b"k", value=b"v"),
    ]
    world.source.add(*same)
    world.letters = same
    run, _ = first_sent(world, ramp=(2,))
    world.source.append(same[0], same[1])
    assert last_of(run) == (ApplyState.STOPPED, 2, 2)


def test_a_plan_that_goes_on_knows_what_was_sent_before(world: World) -> None:
    plan = world.plan(ramp=(1, 20))
    run = world.steps(plan)
    while next(run).sent < 1:
        pass
    run.close()
    headers = share_group(world.sent()[0].position)
    world.source.append(record_of(DLT, 0, key=None, value=None, headers=headers))
    assert last_of(world.steps(plan)) == (ApplyState.STOPPED, 2, 1)


def test_known_dead_letter_topics_are_watched_unless_named_after_another_topic() -> None:
    topics = ["failed", "invoices", "invoices-dlt", "letters", ORIGIN, f"{ORIGIN}.errors"]
    known = ["failed", "invoices-dlt", "gone"]
    assert watched_topics(topics, [DLT], [ORIGIN], known) == (
        "failed",
        DLT,
        f"{ORIGIN}.errors",
    )
