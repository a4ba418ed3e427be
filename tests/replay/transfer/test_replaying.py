"""What a replay sends, when, and when it refuses to go on."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from readers.errors import SourceRefused, SourceUnreachable
from readers.opening import open_source
from readers.record import Record
from replay.player import MAX_SPEED, StoryClock
from replay.transfer.lanes import Lanes
from replay.transfer.picks import Picks
from replay.transfer.replay_plan import ReplayPlan, kept_plan, make_plan
from replay.transfer.replaying import FROM, Replay
from replay.transfer.sending import SendStep
from replay.transfer.targets import Wanted, choose_targets
from tests.fakes import START_MS, FakeSink, FakeSource, record_of, records_of
from tests.replay.transfer.places import Place, whole


class FakeClock:
    """Time that passes while somebody sleeps."""

    def __init__(self) -> None:
        self.at_s = 50.0
        self.oversleeps_s = 0.0

    def now_s(self) -> float:
        return self.at_s

    def sleep(self, seconds: float) -> None:
        self.at_s += seconds + self.oversleeps_s
        self.oversleeps_s = 0.0


class Scene:
    """A source and a target in memory, and a replay from one into the other."""

    def __init__(self, records: list[Record], speed: float = MAX_SPEED) -> None:
        self.source = FakeSource(records)
        self.target = FakeSource()
        self.sink = FakeSink(self.target)
        self.clock = FakeClock()
        self.speed = speed
        self.plan = self.planned()

    def planned(self) -> ReplayPlan:
        return make_plan(
            "fake", whole(self.source, "order-events"), (), target="t", mapping={},
            original_timestamps=True, run=None, now_ms=0,
        )  # fmt: skip

    def replay(self, *, rate: float | None = None) -> tuple[Replay, Iterator[SendStep]]:
        pace = StoryClock(self.clock.now_s, speed=self.speed)
        job = Replay(self.plan, self.source, Picks(), pace, rate=rate, clock=self.clock)
        wanted = [Wanted("order-events", 3, exactly=True, config={})]
        targets = choose_targets(self.target, wanted, {})
        return job, job.steps(self.sink, targets, self.target)

    def run(self, **options: float) -> list[SendStep]:
        _, steps = self.replay(**options)
        return list(steps)

    def landed(self) -> list[str]:
        spans = [span for topic in self.target.topics() for span in topic.spans]
        found = [record for batch in self.target.read(spans) for record in batch.records]
        return [(dict(record.headers)[FROM] or b"").decode() for record in found]


def test_it_takes_as_long_as_the_records_did() -> None:
    scene = Scene(records_of(30), speed=2.0)
    began_s = scene.clock.now_s()
    steps = scene.run()
    assert steps[-1].sent == 30
    assert scene.clock.now_s() - began_s == pytest.approx(14.5, abs=0.01)
    assert max(step.wait_s for step in steps) <= 0.5


def test_what_is_due_is_sent_before_it_waits() -> None:
    scene = Scene(records_of(3), speed=1.0)
    _, steps = scene.replay()
    waiting = next(step for step in steps if step.wait_s)
    assert (waiting.sent, len(scene.landed())) == (1, 1)


def test_a_machine_that_slept_does_not_make_up_for_it() -> None:
    scene = Scene(records_of(10), speed=1.0)
    _, steps = scene.replay()
    next(step for step in steps if step.wait_s)
    scene.clock.oversleeps_s = 3_600.0
    waits = [step.wait_s for step in steps if step.wait_s]
    assert len(waits) >= 9 * 5 - 1


def test_paused_it_waits_and_then_goes_on() -> None:
    scene = Scene(records_of(10), speed=1.0)
    job, steps = scene.replay()
    next(step for step in steps if step.wait_s)
    job.pace.pause()
    paused = [next(steps) for _ in range(50)]
    assert {step.sent for step in paused} == {1}
    job.pace.play()
    *_, last = steps
    assert last.sent == 10


def test_paused_nothing_goes_out_although_all_of_it_is_due() -> None:
    scene = Scene([record_of(offset=n) for n in range(200)])
    job, steps = scene.replay()
    assert [next(steps).sent for _ in range(2)] == [0, 50]
    job.pace.pause()
    assert {next(steps).sent for _ in range(50)} <= {50, 51}
    job.pace.play()
    *_, last = steps
    assert last.sent == 200


def test_a_rate_is_kept() -> None:
    scene = Scene(records_of(11), speed=1.0)
    began_s = scene.clock.now_s()
    scene.run(rate=5.0)
    assert scene.clock.now_s() - began_s == pytest.approx(2.0, abs=0.01)


def test_it_goes_on_behind_what_was_sent() -> None:
    scene = Scene(records_of(200))
    _, steps = scene.replay()
    assert [next(steps).sent for _ in range(3)] == [0, 50, 100]
    assert scene.run()[-1].sent == 200
    assert sorted(scene.landed()) == sorted(str(r.position) for r in records_of(200))


def test_it_does_not_go_on_when_compaction_took_some_of_what_was_sent() -> None:
    scene = Scene(records_of(200))
    _, steps = scene.replay()
    for _ in range(3):
        next(steps)
    scene.source = FakeSource([r for r in records_of(200) if r.offset != 3])
    with pytest.raises(SourceRefused, match="The source is not what it was"):
        scene.run()
    assert len(scene.landed()) == 100


def test_it_does_not_begin_behind_what_retention_took() -> None:
    scene = Scene(records_of(30))
    scene.source = FakeSource([r for r in records_of(30) if r.offset > 2])
    with pytest.raises(SourceRefused, match="does not reach back to offset 0"):
        scene.run()
    assert scene.landed() == []


def test_the_kept_plan_counts_and_not_what_has_grown(tmp_path: Path) -> None:
    scene = Scene(records_of(30))
    first = kept_plan(scene.plan, tmp_path / "plan.json")
    scene.source.add(record_of(offset=10))
    second = kept_plan(scene.planned(), tmp_path / "plan.json")
    assert (second.id, second.spans) == (first.id, first.spans)
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(Exception, match="is damaged"):
        kept_plan(scene.planned(), tmp_path / "plan.json")


@pytest.mark.parametrize("kind", ["failures", "lost_answers"])
def test_an_error_on_the_way_stops_it_and_the_next_start_finds_out(kind: str) -> None:
    scene = Scene(records_of(200))
    _, steps = scene.replay()
    for _ in range(3):
        next(steps)
    getattr(scene.sink, kind).append(SourceUnreachable("no answer"))
    with pytest.raises(SourceUnreachable):
        list(steps)
    assert len(scene.landed()) == (150 if kind == "lost_answers" else 100)
    assert scene.run()[-1].sent == 200
    assert sorted(scene.landed()) == sorted(str(r.position) for r in records_of(200))


def test_lanes_give_a_storys_order_with_little_in_memory(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay.transfer.lanes._PAGE_OFFSETS", 40)
    monkeypatch.setattr("replay.transfer.lanes._BUDGET_BYTES", 20_000)
    topic = "order-lanes"
    records = [r._replace(topic=topic, value=b"x" * 500) for r in records_of(400)]
    place.fill(topic, records, 3)
    with closing(open_source(place.spec)) as source:
        lanes = Lanes(source, whole(source, topic).spans)
        told = []
        for event in lanes.events(Picks()):
            told.append(event.record)
            assert lanes._bytes < 70_000  # noqa: SLF001
    assert told == records


def test_nothing_to_play_is_done_at_once() -> None:
    scene = Scene([record_of(timestamp_ms=START_MS)])
    scene.source = FakeSource(topics=["order-events"])
    scene.plan = scene.planned()
    assert scene.run()[-1] == SendStep(0)
