"""`kstory replay`: a range again in story order, at a speed: as lines, or into topics."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import click

from readers.errors import UsageError
from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.source import Source
from replay.event import Event
from replay.player import MAX_SPEED, Schedule, StoryClock, checked_speed
from replay.transfer.lanes import Lanes
from replay.transfer.replay_plan import ReplayPlan, kept_plan, make_plan
from replay.transfer.replaying import Replay
from replay.transfer.sending import Due, RealClock, SendStep, paced
from replay.transfer.targets import Target, Wanted, choose_targets, parse_mapping, refuse_loop
from tui.choice import Chosen, choice_of, choice_options, choose
from tui.commands.moving import (
    may_write,
    reading,
    target_documents,
    target_lines,
    target_spec,
    writing,
)
from tui.opening import source_file
from tui.options import json_option, pass_settings, source_options, writes_option
from tui.output import json_bytes, note, print_json, print_lines, write_bytes
from tui.progress import LineProgress
from tui.render.record_json import event_document
from tui.render.record_line import record_line
from tui.render.times import duration
from tui.settings import Settings, now_ms

_BATCH = 500
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


@click.command("replay")
@click.argument("topics", nargs=-1, metavar="[TOPIC]...")
@choice_options(with_topics=False)
@click.option("--speed", metavar="X|max", help="0.1 to 1000 times as fast, or max; 1 if not said.")
@click.option("--rate", metavar="N", help="N records a second, whatever their times.")
@click.option("--to", "target", metavar="SOURCE", help="Into topics of a cluster or a recording.")
@click.option("--map", "maps", metavar="A=B", multiple=True, help="Topic A is played into B.")
@click.option(
    "--now/--original-timestamps",
    "now",
    default=True,
    help="The time of the records in the target; now if not said.",
)
@click.option("--run", metavar="NAME", help="Play the same once more, under this name.")
@click.option("--apply", is_flag=True, help="Send; without, what would be sent is shown.")
@writes_option
@json_option
@source_options
@pass_settings
def replay(
    settings: Settings,
    /,
    speed: str | None,
    rate: str | None,
    target: str | None,
    maps: tuple[str, ...],
    now: bool,
    run: str | None,
    apply: bool,
    **options: Any,
) -> None:
    """Play records again in story order, at their own pace or another; or into topics."""
    tempo = _tempo(speed, rate)
    choice = choice_of(options)
    if target is None and (maps or apply or run):
        raise UsageError("--map, --run and --apply say how it is sent; name a target with --to.")
    with source_file(settings.spec) as spec, closing(open_source(spec)) as source:
        chosen = choose(settings, source, spec, choice)
        if target is None:
            _on_screen(settings, source, chosen, tempo)
        else:
            into = Into(target, maps, not now, run, apply)
            _into_topics(settings, source, chosen, tempo, into)


def _tempo(speed: str | None, rate: str | None) -> Tempo:
    if speed is not None and rate is not None:
        raise UsageError("Say --speed or --rate, not both.")
    if rate is not None:
        number = _number("--rate", rate.removesuffix("/s"))
        Schedule(rate=number)
        return Tempo(1.0, number)
    if speed == "max":
        return Tempo(MAX_SPEED, None)
    number = 1.0 if speed is None else _number("--speed", speed.removesuffix("x"))
    return Tempo(checked_speed(number), None)


def _number(option: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"{option} {text!r} is no number.")
    return number


def _on_screen(settings: Settings, source: Source, chosen: Chosen, tempo: Tempo) -> None:
    """Lines as they are due, those that are due together in one write."""
    selection = chosen.selection
    lanes = Lanes(source, selection.spans)
    several = len(selection.topics) > 1
    waiting: list[Event] = []

    def show() -> None:
        if settings.as_json:
            write_bytes(b"".join(json_bytes(event_document(event)) for event in waiting))
        else:
            print_lines(record_line(e, settings.zone, with_topic=several) for e in waiting)
        waiting.clear()

    pace = tempo.clock(time.monotonic)
    pace.play()
    clock = RealClock()
    with LineProgress() as progress:
        for turn in paced(_dues(lanes.events(selection.picks), tempo), pace, clock):
            if isinstance(turn, Due):
                waiting.append(turn.what)
            if waiting and (not isinstance(turn, Due) or len(waiting) >= _BATCH):
                show()
            if not isinstance(turn, Due):
                progress.draw(f"the next in {duration(int(turn * 1000))}, Ctrl-C stops")
            _tell(lanes)
    show()


def _dues(events: Iterator[Event], tempo: Tempo) -> Iterator[Due[Event]]:
    schedule = Schedule(rate=tempo.rate)
    return (Due(event, schedule.due_ms(event.time_ms)) for event in events)


def _tell(lanes: Lanes) -> None:
    for notice in lanes.notices:
        note(notice.text)
    lanes.notices.clear()


def _into_topics(
    settings: Settings, source: Source, chosen: Chosen, tempo: Tempo, said: Into
) -> None:
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
        with writing(spec) as sink:
            sent = _sent(job.steps(sink, targets, into), job)
    _finish(settings, spec, plan, targets, sent)


def _wanted(chosen: Chosen, said: Into) -> tuple[Wanted, ...]:
    """What targets are needed; one that is made keeps old times, where records keep theirs."""
    config = _KEEP_FOREVER if said.original_timestamps else {}
    return tuple(
        Wanted(topic.name, len(topic.partitions), exactly=True, config=config)
        for topic in chosen.selection.topics
        if topic.partitions
    )


def _sent(steps: Iterator[SendStep], job: Replay) -> int:
    sent = 0
    with LineProgress() as progress:
        try:
            for step in steps:
                sent = step.sent
                progress.draw(_said(step, job))
        except KeyboardInterrupt:
            note(
                f"\nStopped between two batches, {sent:,} records were sent; "
                "the same command goes on from there."
            )
            raise
    return sent


def _said(step: SendStep, job: Replay) -> str:
    wait = f", the next in {duration(int(step.wait_s * 1000))}" if step.wait_s else ""
    at = f", at {job.position}" if job.position else ""
    return f"{step.sent:,} sent{at}{wait}, Ctrl-C stops"


def _preview(
    settings: Settings, spec: SourceSpec, plan: ReplayPlan, targets: tuple[Target, ...]
) -> None:
    offsets = sum(span.width for span in plan.spans)
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
    note("Nothing was sent. To send it, say --apply --allow-writes.")


def _finish(
    settings: Settings,
    spec: SourceSpec,
    plan: ReplayPlan,
    targets: tuple[Target, ...],
    sent: int,
) -> None:
    if settings.as_json:
        print_json(_document("done", spec, plan, targets, sent))
    else:
        print_lines(
            [f"{sent:,} records were played into {spec.address}, each once (replay {plan.id})."]
        )


def _document(
    state: str, spec: SourceSpec, plan: ReplayPlan, targets: tuple[Target, ...], sent: int | None
) -> dict[str, object]:
    return {
        "state": state,
        "replay": plan.id,
        "target": spec.address,
        "offsets": sum(span.width for span in plan.spans),
        "sent": sent,
        "original_timestamps": plan.original_timestamps,
        "topics": target_documents(targets),
        "ranges": [
            {"topic": s.topic, "partition": s.partition, "from": s.start, "until": s.end_exclusive}
            for s in plan.spans
        ],
    }
