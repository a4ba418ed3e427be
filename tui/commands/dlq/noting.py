"""`kstory dlq resolve`, `ignore` and `reopen`: said in the ledger; the source stays as it is."""

from collections.abc import Iterator

import click

from readers.errors import NothingThere, UsageError
from readers.record import Position
from replay.deadletters.fate import VERDICTS, Outcome
from replay.deadletters.history import KeptPlans
from replay.deadletters.ledger import Entry, user_and_host
from replay.deadletters.ledger_entry import verdict
from replay.deadletters.letter import DeadLetter
from tui.commands.dlq.desk import Desk, desk
from tui.commands.dlq.finding import LetterPass, Wanted, fates_by
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines
from tui.progress import SearchProgress
from tui.render.letter_json import noted_document
from tui.render.numbers import counted
from tui.settings import Settings, now_ms


def _verdict(name: str, outcome: Outcome, said: str) -> click.Command:
    @click.command(name, help=said)
    @click.argument("positions", nargs=-1, metavar="[POSITION...]")
    @click.option("--group", metavar="ID", help="All letters of this group that were not seen to.")
    @click.option("--reason", metavar="TEXT", required=True, help="Why; the ledger keeps it.")
    @json_option
    @source_options
    @pass_settings
    def command(
        settings: Settings,
        positions: tuple[str, ...],
        group: str | None,
        reason: str,
    ) -> None:
        if bool(positions) == (group is not None):
            raise UsageError("Name letters by their positions, or a group by --group; one of both.")
        if not reason.strip():
            raise UsageError("--reason is empty; say why, so that others understand it later.")
        places = [Position.parse(position) for position in dict.fromkeys(positions)]
        with desk(settings) as opened:
            letters = opened.letters_at(places) if places else _group(opened, group, outcome)
            entries = [_entry(letter, outcome, reason) for letter in letters]
            if not entries:
                raise NothingThere(
                    f"No letter of a group {group} is left to be noted as {outcome.value}; "
                    "`kstory dlq ls` lists the groups."
                )
            opened.ledger.note(entries)
        if settings.as_json:
            plans, cluster = KeptPlans(opened.ledger), opened.source.cluster_id
            print_json(*(noted_document(entry, cluster, plans) for entry in entries))
        else:
            count = counted(len(entries), "letter")
            print_lines([f"Noted as {outcome.value}: {count}. Nothing was sent."])

    return command


def _group(opened: Desk, group: str | None, outcome: Outcome) -> Iterator[DeadLetter]:
    """Those of a group of which nothing was said yet; to be opened again: of which something was.

    Raises:
        UsageError: several groups begin so.
    """
    fate, reading = fates_by(opened), LetterPass(opened, Wanted(group=group))
    with SearchProgress() as progress:
        for letter in reading.letters(lambda step: progress.show(step, reading.found)):
            known = fate(letter).outcome
            if len(reading.groups) > 1:
                raise UsageError(f"Several groups begin with {group}; type more of the id.")
            if known in VERDICTS if outcome is Outcome.OPEN else known is Outcome.OPEN:
                yield letter


def _entry(letter: DeadLetter, outcome: Outcome, reason: str) -> Entry:
    return verdict(letter, outcome, who=user_and_host(), at_ms=now_ms(), reason=reason)


resolve = _verdict(
    "resolve",
    Outcome.RESOLVED,
    "Note letters as seen to otherwise; nothing is sent, and the source stays as it is.",
)
ignore = _verdict(
    "ignore",
    Outcome.IGNORED,
    "Note letters as not to be seen to; nothing is sent, and the source stays as it is.",
)
reopen = _verdict(
    "reopen",
    Outcome.OPEN,
    "Note letters as open again, whatever was said of them; nothing is sent.",
)
