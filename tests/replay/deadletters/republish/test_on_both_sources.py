"""A plan is made and sent on a real cluster and on a recording, and both say the same."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from readers.kafka import KafkaSource
from readers.kafka_writer import KafkaSink
from readers.record import Record
from readers.recording import RecordingSink, RecordingSource
from readers.source import NewTopic, Source
from replay.deadletters.ledger import open_ledger
from replay.deadletters.provenance import provenance_of
from replay.deadletters.republish.plan import Guarantee, Plan
from replay.deadletters.republish.planning.making import PlanOptions, make_plan
from replay.deadletters.republish.planning.selection import Selection
from replay.deadletters.republish.sending.apply_step import ApplyState, ApplyStep, PlanSink
from replay.deadletters.republish.sending.applying import apply_plan
from replay.deadletters.republish.sending.pace import Pace
from replay.streams import Stream
from tests.broker.broker import Broker
from tests.contract.rigs import committed
from tests.replay.deadletters.republish.test_planning import LATEST, event, letter
from tests.waiting import ENOUGH_S

_NUMBERS = iter(range(1_000_000))


class Rig:
    """A place with 40 events, 24 of which failed, and a ledger for it."""

    def __init__(
        self,
        source: Callable[[], Source],
        sink: Callable[[], PlanSink],
        folder: Path,
        suffix: str,
        config: Mapping[str, str] | None = None,
    ) -> None:
        self.open_source, self.open_sink, self.folder = source, sink, folder
        self.topic, self.dlt = f"order-events-{suffix}", f"order-events-{suffix}-dlt"
        events = [
            event(n // 4, key=f"order-{n % 7}", partition=n % 4)._replace(topic=self.topic)
            for n in range(40)
        ]
        with closing(sink()) as opened:
            kept = {"retention.ms": "-1"}  # the records' time is fixed, and passes
            opened.create_topics(
                [NewTopic(self.topic, 4, kept | (config or {})), NewTopic(self.dlt, 2, kept)]
            )
            opened.write(events)
            opened.write([self._letter(n, each) for n, each in enumerate(events[:24])])

    def _letter(self, n: int, of: Record) -> Record:
        return letter(n // 2, of, topic=self.dlt, partition=n % 2)

    def plan(self, source: Source, **options: object) -> Plan:
        with closing(open_ledger(self.folder, source.cluster_id)) as ledger:
            *_, last = make_plan(
                source,
                Selection(topics=(self.dlt,)),
                PlanOptions(rate=0.0, **options),  # type: ignore[arg-type]
                streams=(Stream("orders", (self.topic,), dead_letters=(self.dlt,)),),
                ledger=ledger,
                group_of=lambda letter: "",
                who="ann@desk",
                now_ms=time.time_ns() // 1_000_000,
                reducer_of=lambda stream: LATEST,
            )
        assert last.plan is not None
        return last.plan

    def apply(self, plan: Plan, source: Source, steps: int | None = None) -> ApplyStep:
        with (
            closing(self.open_sink()) as sink,
            closing(open_ledger(self.folder, source.cluster_id)) as ledger,
        ):
            run = apply_plan(
                plan, source, sink, ledger, Pace(0.0), who="ann@desk", reason="it was the gateway",
                canary_wait_s=0.2, locks=self.folder,
            )  # fmt: skip
            with closing(run):
                *_, last = islice(run, steps)
        return last

    def sent(self, source: Source) -> list[int]:
        told = [provenance_of(record) for record in committed(source, self.topic)]
        return sorted(each.seq for each in told if each is not None)

    def noted(self, source: Source) -> list[int | None]:
        with closing(open_ledger(self.folder, source.cluster_id)) as ledger:
            return [entry.seq for entry in ledger.entries()]


@pytest.fixture(params=["recording", "cluster"])
def new_rig(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Mapping[str, str]], Rig]:
    """Makes one whose target has this configuration."""
    suffix = f"d{next(_NUMBERS)}"
    if request.param == "recording":
        path = tmp_path / "some.kstory"
        return lambda config: Rig(
            lambda: RecordingSource(path), lambda: RecordingSink(path), tmp_path, suffix, config
        )
    broker: Broker = request.getfixturevalue("broker")
    return lambda config: Rig(
        lambda: KafkaSource(broker.bootstrap, {}, None),
        lambda: KafkaSink(broker.bootstrap, {}),
        tmp_path,
        suffix,
        config,
    )


@pytest.fixture
def rig(new_rig: Callable[[Mapping[str, str]], Rig]) -> Rig:
    return new_rig({})


def test_what_newer_records_of_a_compacted_target_replace_stays(
    new_rig: Callable[[Mapping[str, str]], Rig],
) -> None:
    compacted = new_rig({"cleanup.policy": "compact"})
    with closing(compacted.open_source()) as source:
        plan = compacted.plan(source)
    assert [target.compacted for target in plan.targets] == [True] * bool(plan.letters)
    assert {"which is compacted" in each.why for each in plan.left_out} == {True}
    assert all(planned.later == 0 for planned in plan.letters)


@pytest.fixture
def source(rig: Rig) -> Iterator[Source]:
    with closing(rig.open_source()) as opened:
        yield opened


def test_a_plan_is_the_same_on_both(rig: Rig, source: Source) -> None:
    plan = rig.plan(source)
    assert len(plan.letters) == 24
    assert [each.origin for each in plan.letters] == sorted(each.origin for each in plan.letters)  # type: ignore[type-var]
    first = plan.letters[0]
    assert (str(first.origin), first.target.partition) == (f"{rig.topic}:0@0", 0)
    assert first.impact is not None
    assert first.impact.already_told
    assert {each.later for each in plan.letters} == {0, 1}


@pytest.mark.parametrize("guarantee", list(Guarantee))
def test_it_is_sent_once_and_noted_once_however_often_it_is_left(
    rig: Rig, source: Source, guarantee: Guarantee
) -> None:
    plan = rig.plan(source, guarantee=guarantee, ramp=(1, 5, 20))
    for steps in (3, 8, 12):
        rig.apply(plan, source, steps)
    last = rig.apply(plan, source)
    assert (last.state, last.sent) == (ApplyState.DONE, 24)
    assert rig.sent(source) == list(range(24))
    assert rig.noted(source) == list(range(24))
    assert rig.plan(source).letters == ()


def test_a_letter_that_comes_back_stops_the_canary(rig: Rig, source: Source) -> None:
    plan = rig.plan(source, ramp=(1, 20))
    with (
        closing(rig.open_sink()) as sink,
        closing(open_ledger(rig.folder, source.cluster_id)) as ledger,
    ):
        steps = apply_plan(
            plan, source, sink, ledger, Pace(0.0), who="a", reason="b", canary_wait_s=ENOUGH_S
        )
        returned = False
        for step in steps:
            if step.sent == 1 and not returned:
                returned = True
                landed = committed(source, rig.topic)
                back = next(r for r in landed if provenance_of(r) is not None)
                sink.write([back._replace(topic=rig.dlt, partition=1)])
    assert (step.state, step.sent, step.came_back) == (ApplyState.STOPPED, 1, 1)
    assert "came back to a dead-letter topic" in step.sentence
