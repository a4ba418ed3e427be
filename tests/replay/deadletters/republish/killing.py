"""Applying a plan in a process of its own, which a test kills."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from readers.errors import KstoryError
from readers.opening import open_sink, open_source
from readers.profiles import SourceSpec
from readers.record import Record, TopicPartition
from readers.source import Source
from replay.deadletters.ledger import Ledger, open_ledger
from replay.deadletters.provenance import provenance_of
from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.plan_file import read_plan
from replay.deadletters.republish.sending.apply_step import ApplyState
from replay.deadletters.republish.sending.applying import apply_plan
from replay.deadletters.republish.sending.pace import Pace
from tests.contract.rigs import committed
from tests.lives import Life


@dataclass(frozen=True, slots=True)
class Job:
    """What a process needs to apply a plan."""

    plan: Path
    spec: SourceSpec
    ledger: Path


def apply(job: Job, told: Connection) -> None:
    """Apply the plan, and tell each step's state, and at last the error if there was one."""
    source, sink = open_source(job.spec), open_sink(job.spec)
    ledger = open_ledger(job.ledger, source.cluster_id)
    try:
        plan = read_plan(job.plan)
        steps = apply_plan(plan, source, sink, ledger, Pace(0.0), who="ann@desk", reason="a test")  # type: ignore[arg-type]
        for step in steps:
            told.send((step.state, step.sent))
    except KstoryError as error:
        told.send((None, str(error)))
    finally:
        ledger.close()
        sink.close()
        source.close()
        told.close()


Told = tuple[ApplyState | None, int | str]
"""The state of a step, with the letters sent or what went wrong."""


def start(job: Job) -> Life[Told]:
    """A process that applies the plan."""
    return Life(apply, job)


def said(life: Life[Told]) -> Told:
    """Wait until it ends by itself; the last it told."""
    last = life.end()
    assert last is not None
    return last


def sends(life: Life[Told]) -> bool:
    """Wait until it begins to send; whether it does, and did not end before."""
    return life.tells(lambda told: told[0] is ApplyState.SENDING)


@dataclass(slots=True)
class Figures:
    """What was done to the processes, how far they were, and what came of it."""

    plans: int = 0
    letters: int = 0
    while_sending: int = 0
    while_starting: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    noted_wrong: int = 0

    @property
    def kills(self) -> int:
        return self.while_sending + self.while_starting

    def count(self, plan: Plan, found: "Outcome") -> None:
        """One more plan was sent."""
        self.plans += 1
        self.letters += len(plan.letters)
        self.lost += len(found.lost)
        self.doubled += len(found.doubled)
        self.out_of_order += len(found.out_of_order)
        self.noted_wrong += len(found.noted_wrong)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, n) + getattr(other, n) for n in self.__slots__))

    def __str__(self) -> str:
        return (
            f"{self.letters:,} letters in {self.plans} plans, {self.kills} kills "
            f"({self.while_sending} while sending): {self.lost} lost, {self.doubled} doubled, "
            f"{self.out_of_order} keys out of order, {self.noted_wrong} wrong in the ledger"
        )


def kill_until_done(job: Job, figures: Figures, dice: random.Random, *, work_s: float) -> None:
    """Start the plan again and again, and kill each process, until one comes to the end."""
    while True:
        life = start(job)
        if dice.random() < 0.1:
            time.sleep(dice.uniform(0, 1.0))
            figures.while_starting += life.kill()
        elif sends(life):
            time.sleep(dice.uniform(0, work_s))
            figures.while_sending += life.kill()
        else:
            assert said(life)[0] is ApplyState.DONE, life.last
            return


@dataclass(slots=True)
class Outcome:
    """What lies in the targets of a plan, and what its ledger says."""

    lost: set[int] = field(default_factory=set)
    doubled: set[int] = field(default_factory=set)
    out_of_order: list[bytes | None] = field(default_factory=list)
    noted_wrong: set[int] = field(default_factory=set)
    in_flight: int = 0


def outcome_of(plan: Plan, source: Source, ledger: Ledger) -> Outcome:
    """Look at all that a reader of committed records sees, and at the ledger."""
    sent = {record.position: seq for record, seq in _sent(plan, source)}
    counts = Counter(sent.values())
    seqs = range(len(plan.letters))
    noted = Counter((entry.seq, entry.target) for entry in ledger.entries(plan_id=plan.id))
    right = Counter((seq, position) for position, seq in sent.items())
    return Outcome(
        lost=set(seqs) - set(counts),
        doubled={seq for seq, count in counts.items() if count > 1},
        out_of_order=_out_of_order(plan, source),
        noted_wrong={seq for seq, _ in (noted - right) + (right - noted) if seq is not None},
        in_flight=len(ledger.in_flight(plan.id)),
    )


def _out_of_order(plan: Plan, source: Source) -> list[bytes | None]:
    """The keys whose records are not in the order of their originals."""
    numbers: dict[tuple[TopicPartition, bytes | None], list[int]] = {}
    for record, seq in _sent(plan, source):
        numbers.setdefault((record.position.topic_partition, record.key), []).append(seq)
    origins = {letter.seq: letter.origin.offset for letter in plan.letters if letter.origin}
    found = []
    for (_, key), seqs in numbers.items():
        offsets = [origins[seq] for seq in seqs]
        if offsets != sorted(offsets):
            found.append(key)
    return found


def _sent(plan: Plan, source: Source) -> Iterator[tuple[Record, int]]:
    for topic in sorted({letter.target.topic for letter in plan.letters}):
        for record in committed(source, topic):
            told = provenance_of(record)
            if told is not None and told.plan_id == plan.id:
                yield record, told.seq
