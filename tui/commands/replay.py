"""`kstory replay`: a range again in story order, at a speed: on screen, or into topics."""

import math
import sys
import time
from contextlib import closing
from typing import Any

import click

from readers.errors import UsageError
from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.source import Source
from replay.event import Event
from replay.film import FilmClock
from replay.player import MAX_SPEED, Schedule, checked_speed
from replay.transfer.lanes import Lanes
from replay.transfer.sending import Due, RealClock, dues, paced
from tui.choice import Choice, Chosen, choice_of, choice_options, choose
from tui.commands.moving import nothing_in, reason_option
from tui.commands.replay_topics import Into, Tempo, play_into_topics
from tui.commands.screen import has_terminal, run_film
from tui.opening import source_file
from tui.options import (
    json_option,
    pass_settings,
    reducer_option,
    source_options,
    writes_option,
)
from tui.output import json_bytes, note, print_lines, write_bytes
from tui.pause_key import PauseKey
from tui.progress import LineProgress
from tui.render.record_json import event_document
from tui.render.record_line import record_line
from tui.render.times import duration
from tui.settings import Settings

_BATCH = 500


@click.command("replay")
@click.argument("topics", nargs=-1, metavar="[TOPIC]...")
@choice_options(with_topics=False)
@click.option("--speed", metavar="X|max", help="0.1 to 1000 times as fast, or max; 1 if not said.")
@click.option("--rate", metavar="N", help="N records a second, whatever their times.")
@click.option("--lines", is_flag=True, help="No screen: a line each, as without a terminal.")
@click.option("--to", "target", metavar="SOURCE", help="Into topics of a cluster or a recording.")
@click.option("--map", "maps", metavar="A=B", multiple=True, help="Topic A is played into B.")
@click.option(
    "--now/--original-timestamps",
    "now",
    default=True,
    help="The time of the records in the target; now if not said.",
)
@click.option("--run", metavar="NAME", help="Play the same once more, under this name.")
@reason_option
@click.option("--apply", is_flag=True, help="Send; without, what would be sent is shown.")
@writes_option
@json_option
@reducer_option
@source_options
@pass_settings
def replay(
    settings: Settings,
    /,
    speed: str | None,
    rate: str | None,
    lines: bool,
    target: str | None,
    maps: tuple[str, ...],
    now: bool,
    run: str | None,
    reason: str | None,
    apply: bool,
    **options: Any,
) -> None:
    """Play records again in story order, at their own pace or another.

    On a terminal all screens show what was there at the player's time: the story of one --key, or
    the records as they come. With --to they go into topics.
    """
    tempo = _tempo(speed, rate)
    choice = choice_of(options)
    if target is None and (maps or apply or run):
        raise UsageError("--map, --run and --apply say how it is sent; name a target with --to.")
    if target is not None and (lines or settings.reducer):
        raise UsageError("--lines and --reducer say how it is shown; with --to it is sent.")
    with source_file(settings.spec) as spec:
        if target is None and not (lines or settings.as_json) and has_terminal():
            _as_film(settings, spec, choice, tempo)
            return
        with closing(open_source(spec)) as source:
            chosen = choose(settings, source, spec, choice)
            if target is None:
                _as_lines(settings, source, chosen, tempo)
            else:
                into = Into(target, maps, not now, run, apply, reason)
                play_into_topics(settings, source, chosen, tempo, into)


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


class _Lines:
    """What is told as lines; what is due together is written at once.

    Attributes:
        told: how many records it was given.
    """

    def __init__(self, settings: Settings, *, with_topic: bool) -> None:
        self._settings = settings
        self._with_topic = with_topic
        self._waiting: list[Event] = []
        self.told = 0

    def take(self, turn: Due[Event] | float) -> None:
        """A record that is due, or a pause, before which all is written."""
        if isinstance(turn, Due):
            self._waiting.append(turn.what)
            self.told += 1
        if not isinstance(turn, Due) or len(self._waiting) >= _BATCH:
            self.write()

    def write(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        if self._settings.as_json:
            write_bytes(b"".join(json_bytes(event_document(event)) for event in waiting))
        else:
            zone, with_topic = self._settings.zone, self._with_topic
            print_lines(record_line(event, zone, with_topic=with_topic) for event in waiting)


def _as_film(settings: Settings, spec: SourceSpec, choice: Choice, tempo: Tempo) -> None:
    """On the screens; what is wrong with the choice is said before there are any."""
    with closing(open_source(spec)) as source:
        chosen = choose(settings, source, spec, choice)
    if not chosen.selection.offsets_count:
        raise nothing_in(0, "nothing is played")
    clock = FilmClock(tempo.clock(time.monotonic), tempo.rate)
    run_film(settings, spec, chosen.selection, clock, chosen.story)


def _as_lines(settings: Settings, source: Source, chosen: Chosen, tempo: Tempo) -> None:
    """Lines as they are due."""
    selection = chosen.selection
    lanes = Lanes(source, selection.spans)
    lines = _Lines(settings, with_topic=len(selection.topics) > 1)
    at_most = selection.offsets_count
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    pace = tempo.clock(time.monotonic)
    pace.play()
    with LineProgress() as progress, PauseKey(pace) as key:
        if is_terminal and key.hint:
            note("Space pauses, Ctrl-C stops.")
        for turn in paced(dues(lanes.events(selection.picks), tempo.rate), pace, RealClock()):
            if key.look():
                progress.clear()
            lines.take(turn)
            if not isinstance(turn, Due) and not (is_terminal and pace.playing):
                # While it plays there, it would stand in the lines.
                now = f"the next in {duration(int(turn * 1000))}" if pace.playing else "paused"
                said = f"{lines.told:,} of at most {at_most:,}, {now}{key.hint}, Ctrl-C stops"
                progress.draw(said)
            _tell(lanes)
    lines.write()
    if not lines.told:
        raise nothing_in(selection.offsets_count, "nothing is played")


def _tell(lanes: Lanes) -> None:
    for notice in lanes.notices:
        note(notice.text)
    lanes.notices.clear()
