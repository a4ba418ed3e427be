"""A republisher that is killed at any moment, many times: nothing is lost, nothing is doubled."""

import os
import random
import signal
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from struct import pack

import pytest

from readers.opening import open_sink, open_source
from readers.partitioners import java_partition
from readers.profiles import SourceSpec
from readers.record import Header, Record, TimestampType
from readers.source import NewTopic
from replay.deadletters.ledger import open_ledger
from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.plan_file import write_plan
from replay.deadletters.republish.planning.making import PlanOptions, make_plan
from replay.deadletters.republish.planning.selection import Selection
from replay.deadletters.republish.sending.apply_step import ApplyState
from tests.broker.broker import Broker
from tests.fakes import START_MS
from tests.replay.deadletters.republish.killing import (
    Figures,
    Job,
    Outcome,
    kill_until_done,
    outcome_of,
    said,
    sends,
    start,
)

KILLS = 200
LANES = 6
"""So many plans are sent at the same time, into one cluster and one ledger."""
LETTERS = 600
"""Of a plan; 50 go in one transaction."""
PARTITIONS = 3
WORK_S = 0.12
"""Within this after it begins to send a process is killed; one or two transactions' time."""


@pytest.fixture(params=[pytest.param("kafka", marks=pytest.mark.broker), "recording"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], SourceSpec]:
    """Gives a place for the letters of one lane; a recording takes one writer at a time."""
    if request.param == "kafka":
        broker: Broker = request.getfixturevalue("broker")
        return lambda: SourceSpec("kafka", broker.bootstrap)
    return lambda: SourceSpec("recording", str(_new_recording(tmp_path)))


def test_killed_at_any_moment_each_letter_is_there_once_and_noted_once(
    place: Callable[[], SourceSpec], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started_s = time.monotonic()
    with ThreadPoolExecutor(LANES) as lanes:
        running = [lanes.submit(lane, place(), tmp_path, seed) for seed in range(LANES)]
        figures = sum((each.result() for each in running), Figures())
    with capsys.disabled():
        print(f"\n{figures}; {time.monotonic() - started_s:.0f} s")  # noqa: T201 - a measurement
    assert figures.kills >= KILLS
    assert figures.letters >= LETTERS * LANES
    problems = figures.lost, figures.doubled, figures.out_of_order, figures.noted_wrong
    assert problems == (0, 0, 0, 0)


def lane(spec: SourceSpec, folder: Path, seed: int) -> Figures:
    """Send plan after plan, and kill, until there were kills enough."""
    figures, dice = Figures(), random.Random(seed)
    while figures.kills < KILLS / LANES:
        job, plan = planned(spec, folder, dice)
        kill_until_done(job, figures, dice, work_s=WORK_S)
        figures.count(plan, seen(job, plan))
    return figures


@pytest.mark.broker
def test_a_zombie_wakes_up_and_doubles_nothing(broker: Broker, tmp_path: Path) -> None:
    spec, dice = SourceSpec("kafka", broker.bootstrap), random.Random(7)
    for _ in range(5):
        job, plan = planned(spec, tmp_path, dice, letters=300)
        zombie = start(job)
        assert sends(zombie)
        time.sleep(dice.uniform(0, WORK_S))
        os.kill(zombie.process.pid or 0, signal.SIGSTOP)
        state, words = said(start(job))
        if state is None:  # the zombie was stopped while it wrote the ledger, and holds it
            assert "locked" in str(words), words
        os.kill(zombie.process.pid or 0, signal.SIGCONT)
        zombie.end()
        # A transaction of a machine that stands still for ten seconds is over; it goes on then.
        assert state is ApplyState.DONE or goes_on_to_the_end(job)
        assert replace(seen(job, plan), in_flight=0) == Outcome()


def goes_on_to_the_end(job: Job) -> bool:
    return any(said(start(job))[0] is ApplyState.DONE for _ in range(5))


def test_two_at_once_send_a_plan_once(place: Callable[[], SourceSpec], tmp_path: Path) -> None:
    dice = random.Random(11)
    for _ in range(3):
        job, plan = planned(place(), tmp_path, dice, letters=300)
        for life in [start(job), start(job)]:
            life.end()
        assert goes_on_to_the_end(job)
        assert seen(job, plan) == Outcome()


def planned(
    spec: SourceSpec, folder: Path, dice: random.Random, letters: int = LETTERS
) -> tuple[Job, Plan]:
    """Letters of their own in the place, and a plan for all of them."""
    topic = f"orders-{uuid.uuid4().hex[:8]}"
    with closing(open_sink(spec)) as sink:
        kept = {"retention.ms": "-1"}  # the records' time is fixed, and passes
        sink.create_topics([NewTopic(name, PARTITIONS, kept) for name in (topic, f"{topic}-dlt")])
        sink.write(_letters(topic, letters, dice))
    with closing(open_source(spec)) as source:
        ledger = open_ledger(folder, source.cluster_id)
        selection = Selection(topics=(f"{topic}-dlt",))
        options = PlanOptions(rate=0.0, ramp=(), impact_letters=0)
        *_, last = make_plan(
            source, selection, options, streams=(), ledger=ledger, group_of=lambda _: "g",
            who="ann@desk", now_ms=time.time_ns() // 1_000_000,
        )  # fmt: skip
        ledger.close()
    assert last.plan is not None
    assert len(last.plan.letters) == letters
    path = write_plan(last.plan, folder / f"{last.plan.id}.json")
    return Job(path, spec, folder), last.plan


def seen(job: Job, plan: Plan) -> Outcome:
    with closing(open_source(job.spec)) as source:
        ledger = open_ledger(job.ledger, source.cluster_id)
        found = outcome_of(plan, source, ledger)
        ledger.close()
    return found


def _letters(topic: str, count: int, dice: random.Random) -> list[Record]:
    """Dead letters of 40 keys, which lie in another order than their originals did."""
    made = []
    for n in range(count):
        key = b"order-%d" % (n % 40)
        origin = java_partition(key, PARTITIONS)
        made.append(
            Record(
                f"{topic}-dlt", dice.randrange(PARTITIONS), 0, START_MS + n, TimestampType.CREATE,
                key, b'{"n":%d}' % n, (("eventId", b"e-%d" % n), *_spring(topic, origin, n)),
            )
        )  # fmt: skip
    dice.shuffle(made)
    return made


def _spring(topic: str, partition: int, offset: int) -> tuple[Header, ...]:
    return (
        ("kafka_dlt-original-topic", topic.encode()),
        ("kafka_dlt-original-partition", pack(">i", partition)),
        ("kafka_dlt-original-offset", pack(">q", offset)),
        ("kafka_dlt-exception-cause-fqcn", b"com.shop.Late"),
    )


def _new_recording(folder: Path) -> Path:
    return folder / f"{uuid.uuid4().hex}.kstory"
