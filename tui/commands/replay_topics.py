"""Playing a range into topics from the command line: shown first, sent once, gone on with."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from readers.profiles import SourceSpec
from readers.source import Source
from replay.player import StoryClock
from replay.transfer.replay_plan import ReplayPlan, kept_plan, make_plan
from replay.transfer.replaying import Replay
from replay.transfer.sending import SendStep
from replay.transfer.targets import Target, Wanted, choose_targets, parse_mapping, refuse_loop
from tui.choice import Chosen
from tui.commands.move_noting import Sent, follow, move_into, move_log, noted
from tui.commands.moving import (
    how_to_go_on,
    may_write,
    nothing_in,
    reading,
    target_documents,
    target_lines,
    target_spec,
    writing,
)
from tui.output import note, print_json, print_lines
from tui.pause_key import PauseKey
from tui.progress import LineProgress
from tui.render.times import duration
from tui.settings import Settings, now_ms

_KEEP_FOREVER = {"retention.ms": "-1"}


@dataclass(frozen=True, slots=True)
class Tempo:
    """How fast it is played; `rate` None keeps the records' own pace, scaled by `speed`."""

    speed: float
    rate: float | None

    def clock(self, now_s: Callable[[], float]) -> StoryClock:
        """The story's time, standing."""
        return StoryClock(now_s, speed=self.speed)


@dataclass(frozen=True, slots=True)
class Into:
    """What was said of playing into topics."""

    target: str
    maps: tuple[str, ...]
    original_timestamps: bool
    run: str | None
    apply: bool
    reason: str | None


def play_into_topics(
    settings: Settings, source: Source, chosen: Chosen, tempo: Tempo, said: Into
) -> None:
    """Show what would be sent, or send it.

    Raises:
        UsageError, SourceError: it cannot be, or not go on; what was told is stored.
    """
    spec = target_spec(settings, said.target)
    selection = chosen.selection
    mapping = parse_mapping(said.maps, [topic.name for topic in selection.topics])
    with reading(spec) as into:
        cluster_id = spec.address if into is None else into.cluster_id
        if cluster_id == source.cluster_id:
            refuse_loop([topic.name for topic in selection.topics], mapping, spec.address)
        targets = choose_targets(into, _wanted(chosen, said), mapping)
        plan = make_plan(
            source.cluster_id,
            selection,
            chosen.streams,
            target=spec.address,
            mapping=mapping,
            original_timestamps=said.original_timestamps,
            run=said.run,
            now_ms=now_ms(),
        )
        if not may_write(settings, spec, apply=said.apply):
            _preview(settings, spec, plan, targets)
            return
        plan = kept_plan(plan)
        job = Replay(plan, source, selection.picks, tempo.clock(time.monotonic), rate=tempo.rate)
        log = None if into is None or spec.kind == "recording" else move_log(into)
        move = move_into(plan.name, source.name, targets, said.reason)
        with writing(spec) as sink, noted(log, move) as sent:
            _send(follow(job.steps(sink, targets, into), sent), job, _offsets(plan))
    _finish(settings, spec, plan, targets, sent)
    if not sent.total:
        raise nothing_in(_offsets(plan), "nothing was sent")


def _wanted(chosen: Chosen, said: Into) -> tuple[Wanted, ...]:
    """What targets are needed; one that is made keeps old times, where records keep theirs."""
    config = _KEEP_FOREVER if said.original_timestamps else {}
    return tuple(
        Wanted(topic.name, len(topic.partitions), exactly=True, config=config)
        for topic in chosen.selection.topics
        if topic.partitions
    )


def _send(steps: Iterator[SendStep], job: Replay, at_most: int) -> None:
    sent = 0
    with LineProgress() as progress, PauseKey(job.pace) as key:
        try:
            for step in steps:
                sent = step.sent
                key.look()
                progress.draw(_said(step, job, at_most, key.hint))
        except KeyboardInterrupt:
            note(
                f"\nStopped between two batches, {sent:,} records were sent; "
                "the same command goes on from there."
            )
            raise


def _said(step: SendStep, job: Replay, at_most: int, hint: str) -> str:
    wait = f", the next in {duration(int(step.wait_s * 1000))}" if step.wait_s else ""
    at = f", at {job.position}" if job.position else ""
    now = wait if job.pace.playing else ", paused"
    return f"{step.sent:,} of at most {at_most:,} sent{at}{now}{hint}, Ctrl-C stops"


def _offsets(plan: ReplayPlan) -> int:
    """How many records it can be at most: some offsets have none, and not all need be picked."""
    return sum(span.width for span in plan.spans)


def _preview(
    settings: Settings, spec: SourceSpec, plan: ReplayPlan, targets: tuple[Target, ...]
) -> None:
    offsets = _offsets(plan)
    if settings.as_json:
        print_json(_document("preview", spec, plan, targets, None))
    else:
        times = "their own times" if plan.original_timestamps else "the present as their time"
        print_lines(
            [
                f"Up to {offsets:,} records would be played into {spec.address}, with {times}:",
                *target_lines(targets),
            ]
        )
    note(f"Nothing was sent. To send it, {how_to_go_on(spec)}.")


def _finish(
    settings: Settings,
    spec: SourceSpec,
    plan: ReplayPlan,
    targets: tuple[Target, ...],
    sent: Sent,
) -> None:
    if settings.as_json:
        print_json(_document("done", spec, plan, targets, sent))
    elif sent.total:
        print_lines([_done(spec, plan, sent)])


def _done(spec: SourceSpec, plan: ReplayPlan, sent: Sent) -> str:
    before = f"; {sent.before:,} records were played before" if sent.before else ""
    return (
        f"{sent.now:,} records were played into {spec.address}, each once{before} "
        f"(replay {plan.id})."
    )


def _document(
    state: str, spec: SourceSpec, plan: ReplayPlan, targets: tuple[Target, ...], sent: Sent | None
) -> dict[str, object]:
    return {
        "state": state,
        "replay": plan.id,
        "target": spec.address,
        "offsets": _offsets(plan),
        "sent": None if sent is None else sent.total,
        "sent_now": None if sent is None else sent.now,
        "original_timestamps": plan.original_timestamps,
        "topics": target_documents(targets),
        "ranges": [
            {"topic": s.topic, "partition": s.partition, "from": s.start, "until": s.end_exclusive}
            for s in plan.spans
        ],
    }
