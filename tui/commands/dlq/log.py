"""`kstory dlq log`: what was done with dead letters, by whom, when and why."""

import click

from readers.errors import NothingThere
from readers.record import Position
from replay.deadletters.ledger import Entry
from tui.commands.dlq.desk import desk
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines
from tui.render.letter_json import entry_document
from tui.render.times import Zone, date_and_time, parse_time
from tui.settings import Settings, now_ms


@click.command("log")
@click.option("--plan", "plan_id", metavar="ID", help="Only what this plan sent.")
@click.option("--letter", metavar="POSITION", help="Only this letter, or letters of this origin.")
@click.option("--since", metavar="TIME", help="Only from this time on.")
@json_option
@source_options
@pass_settings
def log(
    settings: Settings,
    plan_id: str | None,
    letter: str | None,
    since: str | None,
) -> None:
    """Print the ledger: what was sent, resolved or ignored, oldest first."""
    place = None if letter is None else Position.parse(letter)
    since_ms = None if since is None else parse_time(since, now_ms=now_ms(), zone=settings.zone)
    found = 0
    with desk(settings) as opened:
        for entry in opened.ledger.entries(plan_id=plan_id, letter=place, since_ms=since_ms):
            found += 1
            if settings.as_json:
                print_json(entry_document(entry))
            else:
                print_lines([entry_line(entry, settings.zone)])
        if not found:
            raise NothingThere(f"The ledger of {opened.source.name} has no such entry.")


def entry_line(entry: Entry, zone: Zone) -> str:
    """`2026-11-23 14:05:03.120  republished  A:7@2204 → B:7@99000  ann@laptop  "why"  plan …`."""
    where = str(entry.letter) if entry.target is None else f"{entry.letter} → {entry.target}"
    parts = [date_and_time(entry.at_ms, zone), f"{entry.outcome.value:<11}", where, entry.who]
    if entry.reason is not None:
        parts.append(f"“{entry.reason}”")
    if entry.plan_id is not None:
        parts.append(f"plan {entry.plan_id}")
    return "  ".join(parts)
