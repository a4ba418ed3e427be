"""`kstory dlq show`: one letter, beside its original and its aggregate."""

from collections.abc import Sequence

import click

from readers.errors import KstoryError
from readers.record import Position
from replay.deadletters.aftermath import Aftermath, aftermath
from replay.deadletters.fate import fate_of
from replay.deadletters.groups.fingerprint import fingerprint
from replay.deadletters.groups.rules import rules_of
from replay.deadletters.ledger import Entry
from replay.deadletters.letter import DeadLetter
from replay.deadletters.originals import Found, NotFound, find_original, neighbours
from replay.deadletters.reading import places_of
from replay.event import Event
from replay.reducers.loading import reducer_of
from replay.story_search import StorySearch
from tui.commands.dlq.desk import Desk, desk
from tui.commands.dlq.unwrapping import UnwrapsCommand, unwrap_option, unwrapped
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines
from tui.progress import SearchProgress
from tui.render.letter_json import (
    aftermath_document,
    entry_document,
    letter_document,
    mended_document,
)
from tui.render.letter_report import Original, Report, report_lines
from tui.render.record_json import event_document
from tui.settings import Settings

_NEIGHBOURS = 3


@click.command("show", cls=UnwrapsCommand)
@click.argument("position")
@click.option("--original", "with_original", is_flag=True, help="Beside it the record it was.")
@click.option(
    "--neighbours",
    type=click.IntRange(0, 1_000),
    metavar="N",
    help=f"So many records before and after the original; {_NEIGHBOURS} with --original.",
)
@unwrap_option
@click.option("--state/--no-state", default=True, help="Its aggregate's state, then and now.")
@click.option("--stack", "whole", is_flag=True, help="All frames of the stack.")
@json_option
@source_options
@pass_settings
def show(
    settings: Settings,
    position: str,
    with_original: bool,
    neighbours: int | None,
    times: int | str | None,
    state: bool,
    whole: bool,
) -> None:
    """Show the dead letter at POSITION, written as topic:partition@offset."""
    place = Position.parse(position)
    with desk(settings) as opened:
        letter = opened.letter_at(place)
        count = _NEIGHBOURS if neighbours is None else neighbours
        with_original = with_original or neighbours is not None
        report = Report(
            letter=letter,
            dialects=opened.dialects,
            event=opened.event(letter),
            unwrapped=None if times is None else _unwrapped(opened, letter, times),
            group=fingerprint(letter, rules_of(settings.config.dead_letters)),
            fate=fate_of(opened.ledger.fates(places_of([letter])), letter),
            entries=_entries(opened, letter),
            mended=opened.ledger.mended(place),
            original=_original(opened, letter, count) if with_original else None,
            aftermath=_aftermath(opened, letter) if state else None,
        )
        if settings.as_json:
            print_json(_document(report))
        else:
            rules = rules_of(settings.config.dead_letters)
            print_lines(report_lines(report, settings.zone, rules.is_ours, whole_stack=whole))


def _entries(opened: Desk, letter: DeadLetter) -> tuple[Entry, ...]:
    """What the ledger has of it, and of others with its origin."""
    origin = letter.origin.position
    places = {letter.position} if origin is None else {letter.position, origin}
    found = {entry: None for place in places for entry in opened.ledger.entries(letter=place)}
    return tuple(sorted(found, key=lambda entry: entry.at_ms))


def _unwrapped(opened: Desk, letter: DeadLetter, times: int | str) -> Event | None:
    """The letter with its value as it was before hops wrapped it; None where none did."""
    value = unwrapped(letter.record.value, times)
    if value is None:
        return None
    record = letter.record._replace(key=letter.key, value=value)
    return opened.stream(letter).event(record)


def _original(opened: Desk, letter: DeadLetter, count: int) -> Original | str:
    """The original and what lies around it, or why there is none."""
    found: Found | NotFound = find_original(opened.source, letter)
    if isinstance(found, NotFound):
        return found.why
    around = neighbours(opened.source, found.record.position, count)
    stream = opened.stream(letter)
    return Original(found.record, found.how, tuple(map(stream.event, around)))


def _aftermath(opened: Desk, letter: DeadLetter) -> Aftermath | str:
    """The aggregate's states, or why they are not known."""
    aggregate = opened.event(letter).aggregate
    if aggregate is None:
        return "The letter names no aggregate: it has no key."
    stream = opened.stream(letter)
    try:
        search = StorySearch(opened.source, stream, aggregate, reducer=reducer_of(stream))
        with SearchProgress() as progress:
            for step in search.steps():
                progress.show(step, search.found)
        return aftermath(search.story(), letter)
    except KstoryError as error:
        return str(error)


def _document(report: Report) -> dict[str, object]:
    document = letter_document(report.letter, report.event, report.group.id, report.fate)
    document["why"] = list(report.group.why)
    document["ledger"] = [entry_document(entry) for entry in report.entries]
    document["mended"] = None if report.mended is None else mended_document(report.mended)
    if report.unwrapped is not None:
        document["unwrapped"] = event_document(report.unwrapped)["value"]
    if isinstance(report.original, Original):
        around = report.original.around
        at = report.original.record.position
        document["original"] = _event_at(around, at)
        document["neighbours"] = [event_document(e) for e in around if e.position != at]
        document["how"] = report.original.how
    elif report.original is not None:
        document |= {"original": None, "how": report.original}
    if isinstance(report.aftermath, Aftermath):
        document["state"] = aftermath_document(report.aftermath)
    elif report.aftermath is not None:
        document |= {"state": None, "why_no_state": report.aftermath}
    return document


def _event_at(events: Sequence[Event], place: Position) -> dict[str, object] | None:
    return next((event_document(event) for event in events if event.position == place), None)
