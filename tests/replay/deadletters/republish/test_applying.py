"""A plan is sent as it is, once, and refused where the world is not the plan's any more."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from readers.errors import (
    KstoryError,
    SourceError,
    SourceRefused,
    SourceUnreachable,
    TakenOver,
    UsageError,
)
from readers.record import Position, TopicPartition
from readers.source import Notice, NoticeKind
from replay.deadletters.provenance import provenance_of
from replay.deadletters.republish.plan import Mended, Plan
from replay.deadletters.republish.sending.apply_step import ApplyState, WorldChanged
from replay.deadletters.republish.sending.watch import Watch
from tests.fakes import START_MS, FakeSink, record_of
from tests.replay.deadletters.republish.planned import DLT, ORIGIN, SCAN, World, planned

HOUR_MS = 3_600_000
GUARANTEES = pytest.mark.parametrize("how", [{}, SCAN], ids=["transactions", "scan"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.ledger.close()


@GUARANTEES
def test_each_letter_is_sent_once_and_noted_once(world: World, how: dict[str, object]) -> None:
    plan = world.plan(**how)
    *_, last = world.apply(plan)
    assert (last.state, last.sent, last.total) == (ApplyState.DONE, 7, 7)
    assert sorted(r.value or b"" for r in world.sent()) == [b'{"n":%d}' % n for n in range(7)]
    assert [(o, s) for o, s, _ in world.noted()] == [("republished", n) for n in range(7)]
    world.apply(plan)
    assert (len(world.sent()), len(world.noted())) == (7, 7)


def test_what_is_sent_has_no_stale_header_and_says_where_it_comes_from(world: World) -> None:
    world.apply(world.plan())
    record = world.sent()[0]
    told = provenance_of(record)
    assert told is not None
    assert (str(told.of), str(told.origin), told.attempt) == (f"{DLT}:0@0", f"{ORIGIN}:0@0", 1)
    assert record.headers[0] == ("eventId", b"e-0")
    assert "kafka_dlt-exception-message" not in dict(record.headers)
    assert record.timestamp_ms == world.time.clock.now_ms()


def test_null_stays_null_and_empty_stays_empty(world: World) -> None:
    null = record_of(DLT, 0, 50, key=None, value=None)
    empty = record_of(DLT, 0, 51, key=b"", value=b"")
    world.source.add(null, empty)
    letters = (planned(0, null), planned(1, empty))
    world.apply(world.plan(letters=letters))
    assert [(r.key, r.value) for r in world.sent()] == [(None, None), (b"", b"")]


def test_a_mended_letter_is_sent_mended_and_says_so(world: World) -> None:
    from replay.deadletters.republish.content import content_of

    letter = world.letters[0]
    mended = Mended(b"order-0", b'{"n":"mended"}', letter.headers)
    sha = content_of(letter, letter.key, {letter.headers[0][0]}, mended).sha256
    world.apply(world.plan(letters=(planned(0, letter, mended=mended, sha256=sha),)))
    (record,) = world.sent()
    told = provenance_of(record)
    assert record.value == b'{"n":"mended"}'
    assert told is not None
    assert (told.edited or "").endswith(sha)


@GUARANTEES
def test_an_answer_that_was_lost_doubles_nothing(world: World, how: dict[str, object]) -> None:
    plan = world.plan(**how)
    world.sink.lost_answers = [SourceUnreachable("gone")]
    *_, last = world.apply(plan)
    assert last.sent == 7
    *_, last = world.apply(plan)
    assert (last.state, len(world.sent()), len(world.noted())) == (ApplyState.DONE, 7, 7)


@GUARANTEES
def test_a_refused_append_stops_it_and_says_what_was_sent(
    world: World, how: dict[str, object]
) -> None:
    plan = world.plan(**how)
    world.sink.failures = [SourceRefused("You may not write to order-events.")]
    *_, last = world.apply(plan)
    assert last.state is ApplyState.STOPPED
    assert last.sentence == ("You may not write to order-events. 0 of 7 letters were sent, 7 not.")
    assert len(world.ledger.in_flight(plan.id)) == (1 if how else 0)
    *_, last = world.apply(plan)
    assert (last.state, len(world.sent())) == (ApplyState.DONE, 7)


@GUARANTEES
def test_steps_that_are_left_anywhere_are_gone_on_with(
    tmp_path: Path, how: dict[str, object]
) -> None:
    for steps in range(40):
        world = World(tmp_path / str(steps), 12)
        world.pace.rate = 4.0
        plan = world.plan(**how)
        run = world.steps(plan)
        for _ in range(steps):
            next(run, None)
        run.close()
        *_, last = world.apply(plan)
        assert (last.sent, len(world.sent()), len(world.noted())) == (12, 12, 12)
        world.ledger.close()


@GUARANTEES
def test_a_ledger_that_cannot_be_written_stops_it_before_it_sends(
    world: World, monkeypatch: pytest.MonkeyPatch, how: dict[str, object]
) -> None:
    plan = world.plan(**how)

    def full(*args: object, **more: object) -> None:
        raise KstoryError("The ledger cannot be written: no space is left.")

    monkeypatch.setattr(world.ledger, "begin", full)
    *_, last = world.apply(plan)
    assert (last.state, world.sent()) == (ApplyState.STOPPED, [])
    assert last.sentence.startswith("The ledger cannot be written: no space is left. 0 of 7")


@GUARANTEES
def test_a_ledger_that_fails_after_an_append_learns_of_it_later(
    world: World, monkeypatch: pytest.MonkeyPatch, how: dict[str, object]
) -> None:
    plan = world.plan(**how)

    def full(*args: object, **more: object) -> None:
        raise KstoryError("No space is left.")

    with monkeypatch.context() as patch:
        patch.setattr(world.ledger, "settle", full)
        *_, last = world.apply(plan)
    assert (last.state, last.sent, world.noted()) == (ApplyState.STOPPED, 7, [])
    assert "were sent all the same" in last.sentence
    world.apply(plan)
    assert (len(world.sent()), len(world.noted())) == (7, 7)
    assert {Position(r.topic, r.partition, r.offset) for r in world.sent()} == {
        place for _, _, place in world.noted()
    }


def test_a_ledger_that_was_lost_is_filled_from_the_target(world: World, tmp_path: Path) -> None:
    plan = world.plan()
    world.pace.rate = 2.0
    world.apply(plan)
    other = World(tmp_path / "other")
    other.source, other.sink = world.source, world.sink
    other.apply(plan)
    assert len(other.noted()) == 7
    other.ledger.close()


def test_the_second_of_two_at_once_takes_over_and_nothing_is_doubled(world: World) -> None:
    world.pace.rate = 2.0
    plan = world.plan()
    first = world.steps(plan)
    while next(first).sent < 2:
        pass
    world.sink = FakeSink(world.source)
    *_, last = world.apply(plan)
    *_, stopped = first
    assert (last.state, stopped.state) == (ApplyState.DONE, ApplyState.STOPPED)
    assert (len(world.sent()), len(world.noted())) == (7, 7)


def test_with_the_scan_the_second_of_two_at_once_is_kept_out(world: World) -> None:
    world.pace.rate = 2.0
    plan = world.plan(**SCAN)
    first = world.steps(plan)
    while next(first).sent < 2:
        pass
    with pytest.raises(SourceRefused, match="Another kstory is sending the plan"):
        world.apply(plan)
    assert len(list(first)) > 0
    assert len(world.sent()) == 7


def test_with_the_scan_one_that_began_before_the_other_ended_sends_nothing_again(
    world: World,
) -> None:
    plan = world.plan(**SCAN)
    second = world.steps(plan)
    next(second)
    world.apply(plan)
    *_, last = second
    assert (last.state, len(world.sent()), len(world.noted())) == (ApplyState.DONE, 7, 7)


def test_a_scan_finds_what_was_written_in_part(world: World) -> None:
    plan = world.plan(**SCAN)
    run = world.steps(plan)
    world.sink.write = _only_first(world.sink)  # type: ignore[method-assign]
    *_, last = run
    assert (last.state, last.sent) == (ApplyState.STOPPED, 3)
    assert last.sentence == "3 of 7 records were stored. 3 of 7 letters were sent, 4 not."
    world.sink = FakeSink(world.source)
    world.apply(plan)
    assert (len(world.sent()), len(world.noted())) == (7, 7)


def test_a_scan_that_was_cut_off_in_part_blames_nobody_else(world: World) -> None:
    plan = world.plan(**SCAN)
    unreachable = SourceUnreachable("The broker is gone.")
    world.sink.write = _only_first(world.sink, slice(0, 4), unreachable)  # type: ignore[method-assign]
    *_, last = world.apply(plan)
    assert (last.state, last.sent) == (ApplyState.STOPPED, 4)
    assert last.sentence == "The broker is gone. 4 of 7 letters were sent, 3 not."
    world.sink = FakeSink(world.source)
    world.apply(plan)
    assert (len(world.sent()), len(world.noted())) == (7, 7)


def test_what_another_one_took_over_stays_in_flight(world: World) -> None:
    plan = world.plan()
    world.sink.failures = [TakenOver("Another kstory has taken this over.")]
    *_, last = world.apply(plan)
    assert last.state is ApplyState.STOPPED
    (begun,) = world.ledger.in_flight(plan.id)
    assert begun.seqs == tuple(range(7))


@GUARANTEES
def test_what_cannot_be_written_as_it_is_does_not_stay_in_flight(
    world: World, how: dict[str, object]
) -> None:
    plan = world.plan(**how)
    world.sink.failures = [UsageError("A header of it is no text; nothing was sent.")]
    *_, last = world.apply(plan)
    assert last.state is ApplyState.STOPPED
    assert world.ledger.in_flight(plan.id) == ()


def test_a_scan_remembers_what_was_written_in_part_when_it_is_killed_again(world: World) -> None:
    plan = world.plan(**SCAN)
    world.sink.write = _only_first(world.sink)  # type: ignore[method-assign]
    world.apply(plan)
    world.sink = FakeSink(world.source)
    world.pace.rate = 2.0
    run = world.steps(plan)
    while next(run).sent < 2:
        pass
    run.close()
    world.apply(plan)
    assert (len(world.sent()), len(world.noted())) == (7, 7)
    assert world.ledger.in_flight(plan.id) == ()


def _only_first(  # type: ignore[no-untyped-def]
    sink: FakeSink, stored: slice = slice(2, 5), error: SourceError | None = None
):
    whole = sink.write

    def write(records):  # type: ignore[no-untyped-def]
        whole(records[stored])
        raise error or SourceRefused("3 of 7 records were stored.")

    return write


def test_a_plan_of_a_day_ago_is_refused(world: World) -> None:
    plan = replace(world.plan(), made_at_ms=START_MS - 25 * HOUR_MS)
    with pytest.raises(WorldChanged, match="made 25 hours ago, and is good for 24"):
        world.apply(plan)
    assert world.sent() == []


@GUARANTEES
def test_an_old_plan_that_was_cut_off_finds_out_what_it_sent_and_sends_no_more(
    world: World, how: dict[str, object]
) -> None:
    plan = _cut_off(world, **how)
    world.time.s = 25 * 3600.0
    world.source.progress.clear()  # a broker forgets it after some days
    with pytest.raises(WorldChanged, match=r"2 of its 7 letters were sent, which the ledger"):
        world.apply(plan)
    assert (len(world.sent()), [seq for _, seq, _ in world.noted()]) == (2, [0, 1])
    assert world.ledger.in_flight(plan.id) == ()


def test_what_an_old_plan_sent_stays_in_flight_where_its_target_was_deleted_in_part(
    world: World,
) -> None:
    plan = _cut_off(world)
    world.time.s = 25 * 3600.0
    world.source.starts[TopicPartition(ORIGIN, 1)] = 1
    with pytest.raises(WorldChanged, match="stays out of other plans"):
        world.apply(plan)
    assert len(world.ledger.in_flight(plan.id)) == 1


def _cut_off(world: World, **how: object) -> Plan:
    """A plan that sent two letters, of which the second is noted as in flight."""
    plan = world.plan(**how)
    world.pace.rate = 1.0
    run = world.steps(plan)
    while next(run).sent < 1:
        pass
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.ledger, "settle", _killed)
        with pytest.raises(_Killed):
            list(run)
    return plan


class _Killed(Exception):
    pass


def _killed(*args: object, **more: object) -> None:
    raise _Killed


def test_a_search_for_what_was_sent_tells_how_far_it_is(world: World) -> None:
    plan = _cut_off(world, **SCAN)
    said = [step.sentence for step in world.apply(plan)]
    assert "Looked at 1 of 1 records for what was sent before." in said


def test_a_plan_of_another_cluster_is_refused(world: World) -> None:
    with pytest.raises(WorldChanged, match="another cluster"):
        world.apply(replace(world.plan(), cluster_id="other"))


def test_a_target_that_is_gone_is_refused(world: World) -> None:
    plan = world.plan()
    gone = replace(plan.targets[0], topic="gone")
    with pytest.raises(WorldChanged, match="The target gone is gone"):
        world.apply(replace(plan, targets=(gone,)))


def test_a_target_that_was_made_again_is_refused(world: World) -> None:
    plan = world.plan()
    world.source.infos[ORIGIN]["topic_id"] = "another"
    with pytest.raises(WorldChanged, match="deleted and made again"):
        world.apply(plan)


def test_a_target_with_more_partitions_is_refused(world: World) -> None:
    plan = world.plan()
    world.source.add_topic(ORIGIN, 5)
    with pytest.raises(WorldChanged, match="has 5 partitions now and had 3"):
        world.apply(plan)


def test_a_letter_that_is_gone_or_another_is_refused(world: World) -> None:
    plan = world.plan()
    gone = replace(plan.letters[0], letter=Position(DLT, 0, 99))
    with pytest.raises(WorldChanged, match=f"{DLT}:0@99 cannot be read any more"):
        world.apply(replace(plan, letters=(gone,)))
    other = replace(plan.letters[0], sha256="0")
    with pytest.raises(WorldChanged, match="not what the plan saw"):
        world.apply(replace(plan, letters=(other,)))
    assert world.sent() == []


def test_a_newer_record_of_a_planned_key_is_refused_unless_forced(world: World) -> None:
    plan = world.plan()
    world.source.append(record_of(ORIGIN, 1, 0, key=b"order-1"))
    with pytest.raises(WorldChanged, match=f"planned key came to {ORIGIN}:1@0"):
        world.apply(plan)
    *_, last = world.apply(plan, force=True)
    assert last.sent == 7


def test_a_newer_record_of_another_key_is_nothing(world: World) -> None:
    plan = world.plan()
    world.source.append(record_of(ORIGIN, 1, 0, key=b"someone-else"))
    *_, last = world.apply(plan)
    assert last.state is ApplyState.DONE


def test_letters_that_another_plan_sent_meanwhile_are_refused(world: World) -> None:
    plan = world.plan()
    world.apply(replace(plan, id="other-plan"))
    with pytest.raises(WorldChanged, match="was sent by the plan other-plan"):
        world.apply(plan)
    assert len(world.sent()) == 7


def test_a_canary_that_comes_back_stops_it(world: World) -> None:
    plan = world.plan(ramp=(1, 5))
    back = 0
    for step in world.steps(plan, canary_wait_s=3.0):
        if step.sent == 1 and not back:
            back = 1
            (sent,) = world.sent()
            world.source.append(sent._replace(topic=DLT))
    assert (step.state, step.sent, step.came_back) == (ApplyState.STOPPED, 1, 1)
    assert step.sentence.startswith(f"Stopped: {DLT}:0@0 failed again and came back")
    assert [(o, s) for o, s, _ in world.noted()] == [("republished", 0), ("came-back", 0)]


def test_a_watch_lets_go_of_what_it_reads(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(Watch, "close", lambda watch: closed.append(True))
    world.apply(world.plan())
    assert closed == [True]


def test_after_a_canary_came_back_the_same_plan_may_go_on(world: World) -> None:
    plan = world.plan(ramp=(1, 20))
    run = world.steps(plan, canary_wait_s=1.0)
    while next(run).sent < 1:
        pass
    world.source.append(world.sent()[0]._replace(topic=DLT))
    *_, stopped = run
    *_, last = world.apply(plan, canary_wait_s=1.0)
    assert (stopped.state, stopped.sent) == (ApplyState.STOPPED, 1)
    assert (last.state, last.sent, last.came_back) == (ApplyState.DONE, 7, 1)


def test_a_letter_that_comes_back_within_a_stage_stops_it_there(world: World) -> None:
    plan = world.plan(ramp=(7,))
    world.pace.rate = 1.0
    run = world.steps(plan)
    while next(run).sent < 2:
        pass
    world.source.append(world.sent()[0]._replace(topic=DLT))
    *_, last = run
    assert (last.state, last.came_back) == (ApplyState.STOPPED, 1)
    assert last.sent < 7


def test_a_plan_that_was_sent_is_looked_after_when_applied_again(world: World) -> None:
    plan = world.plan()
    world.apply(plan)
    world.source.append(world.sent()[0]._replace(topic=DLT))
    *_, last = world.apply(plan)
    assert (last.state, last.sentence) == (
        ApplyState.DONE,
        "All 7 letters were sent already; nothing more was sent. 1 came back.",
    )


def test_it_does_not_say_that_none_came_back_where_nothing_was_watched(world: World) -> None:
    *_, last = world.apply(world.plan(watched=()))
    assert last.sentence == (
        "All 7 letters were sent; no dead-letter topic was there to be watched."
    )


def test_what_could_not_be_watched_is_said(world: World) -> None:
    denied = Notice(NoticeKind.DENIED, DLT, 0, "order-events-dlt:0 may not be read")
    world.source.notices.append(denied)
    *_, last = world.apply(world.plan())
    assert last.sentence.endswith("(not all could be read: order-events-dlt:0 may not be read).")


def test_a_ramp_grows_and_waits_between(world: World) -> None:
    *_, last = world.apply(world.plan(ramp=(1, 2, 4)), canary_wait_s=5.0)
    assert world.sink.appends == [1, 2, 4]
    assert last.state is ApplyState.DONE
    assert sum(world.time.slept) == pytest.approx(15.0)


def test_a_pace_is_kept_and_can_be_changed_while_it_runs(world: World) -> None:
    world.pace.rate = 1.0
    run = world.steps(world.plan())
    while next(run).sent < 3:
        pass
    assert world.time.s == pytest.approx(2.0, abs=0.3)
    world.pace.rate = 0.0
    list(run)
    assert world.time.s == pytest.approx(2.0, abs=0.3)


def test_nothing_is_sent_while_it_is_paused(world: World) -> None:
    world.pace.paused = True
    run = world.steps(world.plan())
    states = [next(run).state for _ in range(20)]
    assert states[-1] is ApplyState.PAUSED
    assert world.sent() == []
    world.pace.paused = False
    *_, last = run
    assert last.sent == 7


def test_a_full_lock_folder_is_one_sentence(world: World, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        (tmp_path / "file").write_text("")
        with pytest.raises(SourceRefused, match="cannot be made"):
            list(_locked(world, tmp_path / "file" / "folder"))


def _locked(world: World, folder: Path):  # type: ignore[no-untyped-def]
    world.folder = folder
    return world.steps(world.plan(**SCAN))
