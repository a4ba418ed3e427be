"""Whether a log is still the one that was read: what is asked, and what follows from the answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka.errors import IncompatibleBrokerVersion

from readers.raw_batches.connection import BrokerConnection, ConnectionLost, NotServed
from readers.raw_batches.epochs import Claim, epoch_ends, hold
from readers.raw_batches.how import How
from readers.raw_batches.scan import RawScan
from readers.raw_batches.step import Checked, Found, Left, Step, Why
from readers.record import Span, TopicPartition
from readers.wanted import EVERYTHING
from tests.readers.raw_batches.batches import AT, HERE, FakeCluster, Log, batch, record

THERE = TopicPartition("orders", 1)


@dataclass
class Response:
    """An answer as aiokafka gives it: error, partition, epoch and end, by topic."""

    topics: list[tuple[str, list[tuple[int, int, int, int]]]]


def answered(answer: Callable[[int, int], tuple[int, int, int]], **claims: Any) -> dict[str, Any]:
    """What comes of the claims where each partition and epoch is answered so."""
    asked: list[list[tuple[int, int]]] = []

    async def send(request: Any) -> Response:
        asked.append([(place.partition, epoch) for place, epoch in request.pairs])
        rows = [
            (error, partition, epoch, end)
            for partition, wanted in asked[-1]
            for error, epoch, end in [answer(partition, wanted)]
        ]
        return Response([(HERE.topic, rows)])

    places = {"here": HERE, "there": THERE}
    ends = asyncio.run(epoch_ends(send, {places[name]: each for name, each in claims.items()}))
    return {"asked": asked, **{name: ends[places[name]] for name in claims}}


def test_a_partition_is_asked_for_one_epoch_in_a_request() -> None:
    told = answered(
        lambda partition, epoch: (0, epoch, 100 * epoch + partition),
        here=[Claim(1, 5), Claim(2, 9), Claim(4, 12)],
        there=[Claim(7, 5)],
    )
    assert told["asked"] == [[(0, 1), (1, 7)], [(0, 2)], [(0, 4)]]
    assert told["here"] == {1: 100, 2: 200, 4: 400}
    assert told["there"] == {7: 701}


def test_an_epoch_that_the_leader_does_not_know_is_not_told() -> None:
    older = answered(lambda _, epoch: (0, epoch - 1, 50), here=[Claim(3, 40)])
    refused = answered(lambda _, epoch: (3, epoch, 50), here=[Claim(3, 40)])
    assert older["here"] == refused["here"] == {}


def test_claims_hold_as_far_as_the_epochs_reach() -> None:
    assert hold([Claim(1, 5), Claim(2, 9)], {1: 5, 2: 100})
    assert not hold([Claim(1, 5), Claim(2, 9)], {1: 5, 2: 8})
    assert not hold([Claim(1, 5)], {})
    assert hold([], {})


def test_a_broker_that_does_not_tell_epochs_says_nothing() -> None:
    connection = BrokerConnection("kstory", {}, committed=True)

    class Old:
        async def send(self, request: object) -> object:
            raise IncompatibleBrokerVersion("of before 2.3")

    connection._connection = Old()  # type: ignore[assignment]  # noqa: SLF001
    assert asyncio.run(connection.epoch_ends({HERE: [Claim(0, 1)]})) == {}


def cluster() -> FakeCluster:
    """Two partitions, ten records each, all of epoch 3."""
    logs = [Log([batch(record(n), epoch=3) for n in range(10)]) for _ in range(2)]
    return FakeCluster(dict(zip((HERE, THERE), logs, strict=True)))


def steps(of: FakeCluster, spans: list[Span], **claims: list[Claim]) -> list[Step]:
    places = {"here": HERE, "there": THERE}
    scan = RawScan(
        EVERYTHING,
        spans,
        dict.fromkeys((HERE, THERE), AT),
        How(of.connect, True, 1.0),  # type: ignore[arg-type]
        {places[name]: each for name, each in claims.items()},
    )
    return [step for step in scan.steps() if step is not None]


def test_claims_are_checked_before_anything_is_found() -> None:
    told, *found = steps(cluster(), [Span(*HERE, 4, 6)], here=[Claim(3, 4)])
    assert told == Checked(HERE, {3: 10})
    assert [(f.span, f.leader_epoch) for f in found if isinstance(f, Found)] == [
        (Span(*HERE, 4, 6), 3)
    ]


def test_a_partition_is_only_checked_where_nothing_is_to_be_read() -> None:
    here = cluster()
    assert steps(here, [Span(*HERE, 10, 10)], here=[Claim(3, 10)]) == [Checked(HERE, {3: 10})]
    assert here.asked == []


def test_where_claims_do_not_hold_nothing_is_read() -> None:
    here = cluster()
    spans = [Span(*HERE, 4, 6), Span(*HERE, 8, 9), Span(*THERE, 0, 10)]
    told = steps(here, spans, here=[Claim(3, 11)])
    assert [step for step in told if step.place == HERE] == [Checked(HERE, {3: 10})]  # type: ignore[union-attr]
    assert {place for place, *_ in here.asked} == {THERE}


def test_what_could_not_be_checked_is_handed_back() -> None:
    here = cluster()
    here.failures = [ConnectionLost("gone")]
    spans = [Span(*HERE, 4, 6), Span(*THERE, 10, 10)]
    told = steps(here, spans, here=[Claim(3, 4)], there=[Claim(3, 10)])
    assert told == [Left(span, Why.MOVED) for span in spans]


@pytest.mark.parametrize("width", [0, 3])
def test_who_is_not_let_in_vouches_for_nothing(width: int) -> None:
    here = cluster()
    here.failures = [NotServed("no")]
    assert steps(here, [Span(*HERE, 4, 4 + width)], here=[Claim(3, 4)]) == [Checked(HERE, {})]
