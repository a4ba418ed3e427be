"""A replay and an import that are killed at any moment, many times: each record lands once."""

import random
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.record import Record, TimestampType
from replay.transfer.files import Format, record_file
from replay.transfer.importing import MARK
from replay.transfer.replaying import FROM
from tests.broker.broker import Broker
from tests.fakes import START_MS
from tests.lives import Life
from tests.replay.transfer.jobs import PARTITIONS, ImportJob, ReplayJob, live
from tests.replay.transfer.places import everything, recorded

LANES = 5
KILLS_A_LANE = 12
RECORDS = 1_500
WORK_S = 0.2
"""Within this after it begins to send a process is killed: some transactions' time."""
Make = Callable[[SourceSpec, Path, int], ReplayJob | ImportJob]


@dataclass
class Figures:
    """What was done, and what came of it."""

    kills: int = 0
    starts: int = 0
    records: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0


def replayed(target: SourceSpec, folder: Path, seed: int) -> ReplayJob:
    topic = f"orders-{uuid.uuid4().hex[:8]}"
    source = folder / f"{topic}.kstory"
    recorded(source, topic, originals(topic, random.Random(seed)), PARTITIONS)
    return ReplayJob(
        SourceSpec("recording", str(source)), target, topic, f"{topic}-again", folder / topic
    )


def imported(target: SourceSpec, folder: Path, seed: int) -> ImportJob:
    topic = f"orders-{uuid.uuid4().hex[:8]}"
    file = folder / f"{topic}.jsonl"
    with record_file(file, Format.JSONL) as writer:
        writer.write(originals(topic, random.Random(seed)))
    return ImportJob(file, target, topic, f"{topic}-again")


@pytest.mark.broker
@pytest.mark.parametrize("make", [replayed, imported])
def test_killed_at_any_moment_each_record_lands_once_in_its_order(
    broker: Broker, tmp_path: Path, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    target, began_s = SourceSpec("kafka", broker.bootstrap), time.monotonic()
    with ThreadPoolExecutor(LANES) as lanes:
        running = [lanes.submit(lane, make, target, tmp_path, seed) for seed in range(LANES)]
        found = [each.result() for each in running]
    total = Figures(*(sum(getattr(f, n) for f in found) for n in Figures.__dataclass_fields__))
    with capsys.disabled():
        print(f"\n{make.__name__}: {total}; {time.monotonic() - began_s:.0f} s")  # noqa: T201
    assert total.kills >= 50
    assert (total.lost, total.doubled, total.out_of_order) == (0, 0, 0)


def test_a_replay_between_recordings_survives_kills_too(tmp_path: Path) -> None:
    target = tmp_path / "target.kstory"
    recorded(target, "something", [], 1)
    found = lane(replayed, SourceSpec("recording", str(target)), tmp_path, 7, kills=5)
    assert (found.lost, found.doubled, found.out_of_order) == (0, 0, 0)
    assert found.kills >= 5


def lane(
    make: Make, target: SourceSpec, folder: Path, seed: int, kills: int = KILLS_A_LANE
) -> Figures:
    """Do job after job, and kill, until there were kills enough."""
    figures, dice = Figures(), random.Random(seed)
    while figures.kills < kills:
        job = make(target, folder, dice.randrange(10**9))
        while True:
            life = Life[int | str](live, job)
            figures.starts += 1
            if life.tells(lambda told: isinstance(told, int)) and figures.kills < kills:
                time.sleep(dice.uniform(0, WORK_S))
                if life.kill():
                    figures.kills += 1
                    continue
            assert life.end() == "done", life.last
            break
        count(job, figures)
    return figures


def count(job: ReplayJob | ImportJob, figures: Figures) -> None:
    """Look at what a reader of committed records sees."""
    with closing(open_source(job.target)) as source:
        landed = everything(source, [job.goal])
    header = FROM if isinstance(job, ReplayJob) else MARK
    origins = [dict(record.headers)[header] for record in landed]
    figures.records += RECORDS
    figures.lost += RECORDS - len(set(origins))
    figures.doubled += len(origins) - len(set(origins))
    for partition in range(PARTITIONS):
        numbers = [int(r.value or b"") for r in landed if r.partition == partition]
        figures.out_of_order += numbers != sorted(numbers)


def originals(topic: str, dice: random.Random) -> list[Record]:
    """Records whose value is their offset, in three partitions, with times that repeat."""
    return [
        Record(
            topic, n % PARTITIONS, n // PARTITIONS, START_MS + dice.randrange(1, 60_000),
            TimestampType.CREATE, b"order-%d" % (n % 40), b"%d" % (n // PARTITIONS),
        )
        for n in range(RECORDS)
    ]  # fmt: skip
