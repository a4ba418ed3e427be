"""`kstory moves`: what `replay` and `import` sent into a cluster, by whom, when and why."""

import click

from readers.errors import NothingThere
from replay.event_json import rfc3339
from replay.transfer.move_log import Move
from tui.commands.move_noting import move_log
from tui.opening import opened
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines
from tui.render.times import Zone, date_and_time, parse_time
from tui.settings import Settings, now_ms


@click.command("moves")
@click.option("--since", metavar="TIME", help="Only from this time on.")
@json_option
@source_options
@pass_settings
def moves(settings: Settings, since: str | None) -> None:
    """Print the ledger of what replay and import sent into the cluster, oldest first."""
    since_ms = None if since is None else parse_time(since, now_ms=now_ms(), zone=settings.zone)
    with opened(settings) as source:
        found = move_log(source).moves(since_ms)
        if not found:
            raise NothingThere(f"The ledger of {source.name} has nothing that was sent into it.")
    if settings.as_json:
        print_json(*map(_document, found))
    else:
        print_lines(_line(move, settings.zone) for move in found)


def _line(move: Move, zone: Zone) -> str:
    """`2026-11-23 14:05:03.120  done  250 records  a.kstory → orders  ann@laptop  replay-…`."""
    parts = [
        date_and_time(move.at_ms, zone),
        f"{move.state.value:<7}",
        f"{move.records:,} records",
        f"{move.origin} → {', '.join(move.topics)}",
        move.who,
        move.write,
    ]
    return "  ".join([*parts, *([] if move.reason is None else [f"“{move.reason}”"])])


def _document(move: Move) -> dict[str, object]:
    return {
        "at": rfc3339(move.at_ms),
        "who": move.who,
        "state": move.state.value,
        "write": move.write,
        "from": move.origin,
        "topics": list(move.topics),
        "records": move.records,
        "reason": move.reason,
    }
