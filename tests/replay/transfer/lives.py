"""A replay, or an import, in a process of its own, which a test kills."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
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

_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.replay.transfer.lives", "readers.kafka"])
_LIFE_S = 60.0
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


class Life:
    """One process that does a job."""

    def __init__(self, job: ReplayJob | ImportJob) -> None:
        self._told, theirs = _SERVER.Pipe(duplex=False)
        self.process: BaseProcess = _SERVER.Process(target=live, args=(job, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.last: int | str = 0

    def sends(self) -> bool:
        """Wait until it begins to send; whether it does, and did not end before."""
        return any(isinstance(last, int) for last in self._steps())

    def end(self) -> int | str:
        """Wait until it ends by itself; the last it told."""
        for _ in self._steps():
            pass
        self.process.join(_LIFE_S)
        return self.last

    def kill(self) -> bool:
        """End it at once; whether it still lived."""
        lived = self.process.exitcode is None
        self.process.kill()
        self.process.join(_LIFE_S)
        return lived

    def _steps(self) -> Iterator[int | str]:
        while True:
            assert self._told.poll(_LIFE_S), f"it says nothing any more; the last was {self.last}"
            try:
                self.last = self._told.recv()
            except EOFError:
                return
            yield self.last
