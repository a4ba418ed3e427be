"""All that is known of one dead letter, as lines of plain text, for `kstory dlq show`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from readers.decoders.payload import Json
from readers.record import Record
from replay.deadletters.aftermath import Aftermath
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.fate import Fate
from replay.deadletters.groups.group import Fingerprint
from replay.deadletters.ledger import Entry
from replay.deadletters.letter import DeadLetter
from replay.deadletters.mending import diff_lines, document_of
from replay.deadletters.republish.plan import Mended
from replay.deadletters.republish.stripping import headers_back
from replay.event import Event
from tui.render import hex_dump
from tui.render.group_row import fate_line, kind_text
from tui.render.hops_text import badge, hops_lines
from tui.render.ledger_row import entry_lines
from tui.render.letter_text import (
    NO_FAILURE_TIME,
    aftermath_line,
    came_from,
    original_lines,
    since_when,
    states,
)
from tui.render.record_line import NULL, key_text
from tui.render.safe_text import visible
from tui.render.sample_text import why_lines
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
        dialects: those that read it.
        unwrapped: the letter as it was before hops wrapped its value; None where none did.
        original, aftermath: a text says why it is not known; None was not asked for.
    """

    letter: DeadLetter
    dialects: Sequence[Dialect]
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
    yield from (reason.plain for reason in why_lines(report.group, in_full=True))
    yield f" fate      {fate_line(report.fate, zone).plain}"
    yield from _part("value", _value(report.event))
    if report.unwrapped is not None:
        yield from _part("value, unwrapped", _value(report.unwrapped))
    yield from _part("headers that go back with it", _headers(report))
    if report.mended is not None:
        yield from _part("mended, what is sent instead", _mended(report, report.mended))
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
    failure, at = letter.last.failure, date_and_time(letter.record.timestamp_ms, zone)
    untold = f", {NO_FAILURE_TIME}" if letter.has_time_of_origin else ""
    yield f" letter    {badge(letter).plain}  {since_when(letter)} {at}{untold}"
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
    value, raw = event.payload.value, event.record.value
    if event.error is not None:
        yield f"✗ {event.error}"
    if raw is None:
        yield NULL
    elif isinstance(value, bytes):
        yield from hex_dump.lines(raw, 0, hex_dump.line_count(raw))
    elif event.payload.encoding == "json" and _is_told_by(value, raw):
        yield from orjson.dumps(value, option=orjson.OPT_INDENT_2).decode().splitlines()
    else:
        yield from raw.decode("utf-8", "replace").split("\n")


def _is_told_by(value: Json, raw: bytes) -> bool:
    """Whether a value written anew is what was written: 1.50 would be 1.5, repeated names go."""
    return b"".join(orjson.dumps(value).split()) == b"".join(raw.split())


def _headers(report: Report) -> Iterator[str]:
    letter = report.letter
    parted = headers_back(letter, report.dialects)
    for name, value in parted.kept:
        yield f"{name}: {visible(key_text(value), limit=_HEADER_CHARS)}"
    if parted.stripped:
        whose = letter.framework or "a framework or kstory"
        yield f"and {len(parted.stripped)} of {whose}, which never go back"


def _mended(report: Report, mended: Mended) -> Iterator[str]:
    record, dialects = report.letter.record, report.dialects
    before = document_of(record, dialects=dialects)
    return diff_lines(before, document_of(record, mended, dialects))


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
