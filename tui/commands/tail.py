"""`kstory tail`: records as they come."""

import re
from contextlib import ExitStack

import click

from readers.errors import UsageError
from readers.topic_names import topic_names
from readers.wanted import Wanted
from replay.filters import EventFilter
from replay.locator import bytes_of_text
from replay.ranges import (
    AtOffset,
    AtTime,
    Beginning,
    End,
    LastRecords,
    Point,
)
from replay.stream_config import streams_of
from tui.bulk_processes import SideBySide
from tui.collector import collecting_rarely
from tui.opening import find_topics, opened
from tui.options import everywhere_option, json_option, pass_settings, source_options
from tui.output import note
from tui.printing import Printer
from tui.render.times import Zone, parse_time
from tui.settings import Settings, now_ms
from tui.tailing import Asked, Told, tailed

NOTHING_FOUND = 1
_ONLY_NEWEST = (
    "Of what is there only the last 10 records of each partition are looked at, then what comes; "
    "--from beginning looks at all."
)
_PARTITION = re.compile(r"\s*[0-9]{1,9}\s*")
_OFFSET = re.compile(r"[0-9]{1,9}")
_LAST = re.compile(r"-([0-9]{1,9})")


@click.command("tail")
@click.argument("topics", nargs=-1, required=True, metavar="TOPIC...")
@click.option("--partition", metavar="N[,N]", help="Only these partitions.")
@click.option(
    "--key",
    "keys",
    metavar="KEY",
    multiple=True,
    help="Only this key; hex:… for one that is no text. May be repeated.",
)
@click.option(
    "--contains",
    "texts",
    metavar="TEXT",
    multiple=True,
    help="Only records with TEXT (or hex:…) in key, value or headers. May be repeated.",
)
@everywhere_option
@click.option(
    "--from",
    "start",
    metavar="WHERE",
    help="beginning, end, -N, an offset or a time; -10 unless --no-follow, then beginning.",
)
@click.option(
    "--until", metavar="WHERE",
    help="end, an offset or a time, and then it does not follow. A time leaves out "
    "what is from then on; a partition is read until 1,000 offsets in a row are.",
)  # fmt: skip
@click.option("-n", "limit", type=click.IntRange(min=0), help="Stop after so many records.")
@click.option("--where", metavar="CEL", help="A condition, such as: value.amount > 100.")
@click.option("--follow/--no-follow", default=None, help="Go on as records come; the default.")
@json_option
@source_options
@pass_settings
@click.pass_context
def tail(
    context: click.Context,
    settings: Settings,
    topics: tuple[str, ...],
    partition: str | None,
    keys: tuple[str, ...],
    texts: tuple[str, ...],
    everywhere: bool,
    start: str | None,
    until: str | None,
    limit: int | None,
    where: str | None,
    follow: bool | None,
) -> None:
    """Print records of one topic or more as they come, a line each."""
    follows = until is None if follow is None else follow
    asked = Asked(
        start=read_point(start or ("-10" if follows else "beginning"), settings.zone),
        until=None if until is None else read_point(until, settings.zone),
        follow=follows,
        partitions=_partitions(partition),
        bytes=Wanted(
            frozenset(map(bytes_of_text, keys)) if keys else None, tuple(map(bytes_of_text, texts))
        ),
        everywhere=everywhere,
        where=None if where is None else EventFilter(where),
        limit=limit,
    )
    if isinstance(asked.until, Beginning | LastRecords):
        raise UsageError("--until takes end, an offset or a time.")
    with collecting_rarely(), opened(settings) as source, ExitStack() as at_work:
        infos = find_topics(source, tuple(dict.fromkeys(topics)))
        streams = streams_of(settings.config.streams, topic_names(source))
        several = len(infos) > 1
        helpers = at_work.enter_context(SideBySide(settings, asked, several=several))
        printer = Printer(settings, streams, several=several, turn=helpers.turn)
        if asked.is_search and follows and start is None:
            note(_ONLY_NEWEST)
        count, told = 0, Told()
        try:
            for records in tailed(source, infos, asked, printer.event, told, helpers):
                count += len(records)
                printer.print(records)
            if asked.where is not None and asked.where.failures.always_lacks:
                note("None of the events has what the condition asks for.")
        finally:
            if asked.where is not None and asked.where.failures.failed:
                note(f"The condition {asked.where.failures.said('events')}.")
    if asked.is_search and not follows and not count and limit != 0:
        note("Nothing was found in what could be read." if told.is_loss else "Nothing was found.")
        context.exit(NOTHING_FOUND)


def _partitions(text: str | None) -> frozenset[int] | None:
    if text is None:
        return None
    if not all(_PARTITION.fullmatch(part) for part in text.split(",")):
        raise UsageError(f"--partition {text!r}: write numbers with commas between them.")
    return frozenset(int(part) for part in text.split(","))


def read_point(text: str, zone: Zone) -> Point:
    """`beginning`, `end`, `-N`, an offset of nine digits at most, or a time.

    Raises:
        UsageError: it is none of them.
    """
    if text in ("beginning", "end"):
        return Beginning() if text == "beginning" else End()
    last = _LAST.fullmatch(text)
    if last:
        return LastRecords(int(last[1]))
    if _OFFSET.fullmatch(text):
        return AtOffset(int(text))
    return AtTime(parse_time(text, now_ms=now_ms(), zone=zone))
