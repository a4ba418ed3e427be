"""`kstory dlq log`: what was done with dead letters, by whom, when and why."""

import click

from readers.errors import NothingThere, UsageError
from readers.record import Position
from replay.deadletters.history import KeptPlans, history
from replay.deadletters.ledger import Entry, Ledger, Mend
from tui.commands.dlq.desk import desk
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines
from tui.render.letter_json import noted_document, outcome_of
from tui.render.times import Zone, date_and_time, parse_time
from tui.settings import Settings, now_ms


@click.command("log")
@click.option(
    "--plan", "plan_id", metavar="ID", help="Only what this plan sent; or the id's beginning."
)
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
    """Print the ledger: what was sent, resolved, ignored or edited, oldest first."""
    place = None if letter is None else Position.parse(letter)
    since_ms = None if since is None else parse_time(since, now_ms=now_ms(), zone=settings.zone)
    found = 0
    with desk(settings) as opened:
        ledger, plans = opened.ledger, KeptPlans(opened.ledger)
        of_plan = None if plan_id is None else _whole_id(ledger, plan_id)
        for noted in history(ledger, plan_id=of_plan, letter=place, since_ms=since_ms):
            found += 1
            if settings.as_json:
                print_json(noted_document(noted, opened.source.cluster_id, plans))
            else:
                print_lines([noted_line(noted, settings.zone)])
        if not found:
            raise NothingThere(f"The ledger of {opened.source.name} has no such entry.")


def _whole_id(ledger: Ledger, begin: str) -> str:
    """The id of the plan that begins so; what begins none is one that has no entry."""
    found = ledger.plan_ids(begin)
    if len(found) > 1 and begin not in found:
        raise UsageError(f"{len(found)} plans begin with {begin}; type more of the id.")
    return found[0] if len(found) == 1 else begin


def noted_line(noted: Entry | Mend, zone: Zone) -> str:
    """`2026-11-23 14:05:03.120  republished  A:7@2204 → B:7@99000  ann@laptop  "why"  plan …`."""
    entry = None if isinstance(noted, Mend) else noted
    where = str(noted.letter)
    if entry is not None and entry.target is not None:
        where = f"{where} → {entry.target}"
    parts = [date_and_time(noted.at_ms, zone), f"{outcome_of(noted):<11}", where, noted.who]
    if entry is not None and entry.reason is not None:
        parts.append(f"“{entry.reason}”")
    if entry is not None and entry.plan_id is not None:
        parts.append(f"plan {entry.plan_id}")
    return "  ".join(parts)
