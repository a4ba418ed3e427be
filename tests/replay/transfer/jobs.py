"""A replay and an import, as a process does them that a test kills."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

from readers.errors import KstoryError
from readers.opening import open_sink, open_source
from readers.profiles import SourceSpec
from replay.player import MAX_SPEED, StoryClock
from replay.transfer.files import Format
from replay.transfer.importing import ClusterImport
from replay.transfer.picks import Picks
from replay.transfer.replay_plan import kept_plan, make_plan
from replay.transfer.replaying import Replay
from replay.transfer.sending import SendStep
from replay.transfer.survey import survey
from replay.transfer.targets import Wanted, choose_targets
from tests.replay.transfer.places import whole

PARTITIONS = 3


@dataclass(frozen=True)
class ReplayJob:
    """Play a topic into another one."""

    source: SourceSpec
    target: SourceSpec
    origin: str
    goal: str
    plan: Path

    def steps(self) -> Iterator[SendStep]:
        """Go on with it, as the command does."""
        with (
            closing(open_source(self.source)) as source,
            closing(open_source(self.target)) as into,
            closing(cast(Any, open_sink(self.target))) as sink,
        ):
            selection = whole(source, self.origin)
            mapping = {self.origin: self.goal}
            wanted = [Wanted(self.origin, PARTITIONS, exactly=True, config={})]
            made = make_plan(
                source.cluster_id, selection, (), target="x", mapping=mapping,
                original_timestamps=True, run=None, now_ms=0,
            )  # fmt: skip
            pace = StoryClock(time.monotonic, speed=MAX_SPEED)
            job = Replay(kept_plan(made, self.plan), source, Picks(), pace)
            yield from job.steps(sink, choose_targets(into, wanted, mapping), into)


@dataclass(frozen=True)
class ImportJob:
    """Import a file into a topic."""

    file: Path
    target: SourceSpec
    origin: str
    goal: str

    def steps(self) -> Iterator[SendStep]:
        """Go on with it, as the command does."""
        *_, found = survey(self.file, Format.JSONL)
        mapping = {self.origin: self.goal}
        wanted = [Wanted(self.origin, PARTITIONS, exactly=True, config={})]
        with (
            closing(open_source(self.target)) as into,
            closing(cast(Any, open_sink(self.target))) as sink,
        ):
            targets = choose_targets(into, wanted, mapping)
            yield from ClusterImport(found, targets, mapping, mark=True).steps(sink)


def live(job: ReplayJob | ImportJob, told: Connection) -> None:
    """Do it, and tell each step, and at last the error if there was one."""
    try:
        for step in job.steps():
            told.send(step.sent)
        told.send("done")
    except KstoryError as error:
        told.send(str(error))
    finally:
        told.close()
