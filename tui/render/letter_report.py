"""All that is known of one dead letter, as lines of plain text, for `kstory dlq show`."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson

from readers.record import Record
from replay.deadletters.aftermath import Aftermath
from replay.deadletters.fate import Fate
from replay.deadletters.groups.group import Fingerprint
from replay.deadletters.ledger import Entry
from replay.deadletters.letter import DeadLetter
from replay.deadletters.mending import diff_lines, document_of
from replay.deadletters.republish.plan import Mended
from replay.deadletters.republish.stripping import headers_back
from replay.event import Event
from tui.render.group_row import fate_line, kind_text
from tui.render.hops_text import badge, hops_lines
from tui.render.ledger_row import entry_lines
from tui.render.letter_text import aftermath_line, came_from, original_lines, states
from tui.render.record_line import key_text, value_summary
from tui.render.safe_text import visible
from tui.render.stack_text import read_stack, stack_lines
from tui.render.times import Zone, date_and_time

_HEADER_CHARS = 200


@dataclass(frozen=True, slots=True)
class Original:
    """The record that failed, how it was found, and it among its neighbours as events."""

    record: Record
    how: str
    around: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown of a letter.

    Attributes:
        unwrapped: the letter as it was before hops wrapped its value; None where none did.
        original, aftermath: a text says why it is not known; None was not asked for.
    """

    letter: DeadLetter
    event: Event
    unwrapped: Event | None
    group: Fingerprint
    fate: Fate
    entries: tuple[Entry, ...]
    mended: Mended | None
    original: Original | str | None
    aftermath: Aftermath | str | None


def report_lines(
    report: Report, zone: Zone, is_ours: Callable[[str], bool], *, whole_stack: bool
) -> Iterator[str]:
    """Everything, part by part."""
    letter = report.letter
    yield f"{letter.position} · times are {zone.name}"
    yield from _head(letter, zone)
    yield f" kind      {report.group.id}  {kind_text(report.group).plain}"
    yield f" fate      {fate_line(report.fate, zone).plain}"
    yield from _part("value", _value(report.event))
    if report.unwrapped is not None:
        yield from _part("value, unwrapped", _value(report.unwrapped))
    yield from _part("headers that go back with it", _headers(letter))
    if report.mended is not None:
        yield from _part("mended, what is sent instead", _mended(letter.record, report.mended))
    stack = read_stack(letter.last.failure.stack, is_ours)
    trace = stack_lines(stack, sys.maxsize, folded=not whole_stack)
    yield from _part(f"stack: {stack.summary}", (line.plain for line in trace))
    yield from _part("hops", (line.plain for line in hops_lines(letter, zone)))
    yield from _original(report, zone)
    yield from _aftermath(report)
    if report.entries:
        lines = (line for entry in report.entries for line in entry_lines(entry, zone))
        yield from _part("ledger", lines)


def _head(letter: DeadLetter, zone: Zone) -> Iterator[str]:
    failure, at_ms = letter.last.failure, letter.record.timestamp_ms
    yield f" letter    {badge(letter).plain}  dead since {date_and_time(at_ms, zone)}"
    if letter.is_pointer:
        yield "           a pointer: its value lies at the origin"
    yield f" from      {came_from(letter, zone).plain}"
    why = ": ".join(filter(None, (failure.cause or failure.exception, failure.message)))
    yield f" cause     {why or 'nothing in the letter tells why'}"
    if failure.exception not in (None, failure.cause):
        yield f" thrown    {failure.exception}"


def _part(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield ""
    yield f"— {title} —"
    yield from lines


def _value(event: Event) -> Iterator[str]:
    yield f"key {key_text(event.record.key)} · {event.payload.encoding}"
    value = event.payload.value
    if event.error is None and isinstance(value, dict | list):
        yield from orjson.dumps(value, option=orjson.OPT_INDENT_2).decode().splitlines()
    else:
        yield value_summary(event)


def _headers(letter: DeadLetter) -> Iterator[str]:
    parted = headers_back(letter)
    for name, value in parted.kept:
        yield f"{name}: {visible(key_text(value), limit=_HEADER_CHARS)}"
    if parted.stripped:
        yield f"and {len(parted.stripped)} of {letter.framework or 'kstory'}, which never go back"


def _mended(record: Record, mended: Mended) -> Iterator[str]:
    return diff_lines(document_of(record), document_of(record, mended))


def _original(report: Report, zone: Zone) -> Iterator[str]:
    found = report.original
    if isinstance(found, Original):
        lines = original_lines(report.letter, found.record, found.around, zone)
        yield from _part("original", (line.plain for line in lines))
        yield found.how
    elif found is not None:
        yield from _part("original", iter([found]))


def _aftermath(report: Report) -> Iterator[str]:
    found = report.aftermath
    if isinstance(found, Aftermath):
        sure = "exact" if found.story.complete else "a lower bound"
        yield from _part(f"its aggregate, {sure}", iter([aftermath_line(found).plain]))
        for name, before, after in states(found):
            yield f"  {name.plain}: {before.plain} → {after.plain}"
    elif found is not None:
        yield from _part("its aggregate", iter([found]))
