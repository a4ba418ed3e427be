"""The demo's letters sent back by a plan while the demo is at work: what fails again stops it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from readers.profiles import SourceSpec
from readers.record import Record
from readers.recording import RecordingSource
from readers.recording_shared import SharedRecordingSink
from replay.deadletters.groups.fingerprint import fingerprint
from replay.deadletters.ledger import Ledger, open_ledger
from replay.deadletters.republish.planning.making import PlanningStep, PlanOptions, make_plan
from replay.deadletters.republish.planning.selection import Selection
from replay.deadletters.republish.sending.apply_step import ApplyState, ApplyStep
from replay.deadletters.republish.sending.applying import apply_plan
from replay.deadletters.republish.sending.pace import Pace
from replay.demo.dataset import write_demo
from replay.stream_guess import guess_streams
from tests.replay.demo.shop import NO_CURRENCY, STALE_ROW, letters
from tui.commands.demo import running
from tui.settings import now_ms


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A demo at work."""
    path = tmp_path / "demo.kstory"
    demo = write_demo(path, end_ms=now_ms())
    with running(SourceSpec("recording", str(path)), demo):
        yield path


def planned(source: RecordingSource, chosen: list[Record], ledger: Ledger) -> PlanningStep:
    steps = make_plan(
        source,
        Selection(positions=tuple(letter.position for letter in chosen)),
        PlanOptions(ramp=(1, 100)),
        streams=guess_streams({topic.name for topic in source.topics()}),
        ledger=ledger,
        group_of=lambda letter: fingerprint(letter).id,
        who="a tester",
        now_ms=now_ms(),
    )
    return list(steps)[-1]


def sent(path: Path, chosen: list[Record], wait_s: float) -> ApplyStep:
    """The last step of sending these letters: one, and when none came back, the others."""
    with (
        closing(RecordingSource(path)) as source,
        closing(open_ledger(path.parent / "ledger", source.cluster_id)) as ledger,
    ):
        plan = planned(source, chosen, ledger).plan
        assert plan is not None
        steps = apply_plan(
            plan,
            source,
            SharedRecordingSink(path),
            ledger,
            Pace(100),
            who="a tester",
            reason="to see",
            canary_wait_s=wait_s,
        )
        return list(steps)[-1]


def test_what_is_not_mended_comes_back_and_stops_the_others(path: Path) -> None:
    last = sent(path, letters(NO_CURRENCY), wait_s=60)
    assert (last.state, last.sent, last.came_back) == (ApplyState.STOPPED, 1, 1)


def test_what_can_go_back_goes_back(path: Path) -> None:
    last = sent(path, letters(STALE_ROW), wait_s=2)
    assert (last.state, last.sent, last.came_back) == (ApplyState.DONE, 23, 0)
