"""`kstory dlq republish`: a plan of what would go back; with --apply exactly that is sent."""

import math
import shlex
from dataclasses import dataclass
from pathlib import Path

import click
from click.core import ParameterSource

from readers.errors import UsageError
from readers.record import Position
from replay.deadletters.groups.fingerprint import fingerprint
from replay.deadletters.groups.rules import rules_of
from replay.deadletters.ledger import user_and_host
from replay.deadletters.letter import DeadLetter
from replay.deadletters.republish.plan import CANARY, DEFAULT_RATE, Guarantee, Plan
from replay.deadletters.republish.plan_file import plan_document, plan_path, write_plan
from replay.deadletters.republish.planning.making import PlanOptions, make_plan
from replay.deadletters.republish.planning.selection import Selection
from replay.deadletters.republish.sending.applying import CANARY_WAIT_S
from replay.filters import EventFilter
from replay.state_condition import OF_A_STATE, StateCondition
from tui.commands.dlq.desk import desk
from tui.commands.dlq.sending import Sending, send_plan
from tui.options import json_option, pass_settings, source_options, writes_option
from tui.output import note, print_json, print_lines
from tui.progress import LineProgress
from tui.render.plan_text import plan_lines
from tui.render.times import parse_time
from tui.settings import Settings, now_ms

NOTHING_TO_SEND = 1
_DECIDED = {"canary", "all_at_once", "guarantee", "preserve_timestamp", "plan_file"}
"""What is decided when a plan is made."""
MOST = 1e6
"""Letters a second, and seconds of watching: more is as good as without a limit."""


class _Number(click.FloatRange):
    """A number from zero to a million; `nan` and `inf` are none."""

    def __init__(self) -> None:
        super().__init__(min=0, max=MOST)

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> float:
        """The number, or a refusal."""
        number = float(super().convert(value, parameter, context))  # type: ignore[arg-type]
        if not math.isfinite(number):
            self.fail(f"{value} is not a number of {MOST:,.0f} at the most.", parameter, context)
        return number


@dataclass(frozen=True, slots=True)
class Asked:
    """Which letters were asked for, as it was typed."""

    positions: tuple[str, ...]
    group: str | None
    topics: tuple[str, ...]
    start: str | None
    until: str | None
    where: str | None
    when: str | None

    @property
    def is_nothing(self) -> bool:
        """Whether no letter was named in any way."""
        return not (self.positions or self.group or self.topics or self.start or self.until
                    or self.where or self.when)  # fmt: skip

    def selection(self, settings: Settings, source: str, known: tuple[str, ...]) -> Selection:
        """As planning takes it; without a topic all that are known to hold dead letters."""
        topics = self.topics
        if not self.positions and not topics:
            if not known:
                raise UsageError(f"{source} has no topic that holds dead letters.")
            topics = known
        return Selection(
            positions=tuple(map(Position.parse, self.positions)),
            topics=topics,
            group=self.group,
            from_ms=_time(settings, self.start),
            until_ms=_time(settings, self.until),
            where=None if self.where is None else EventFilter(self.where),
            when=None if self.when is None else StateCondition(self.when, OF_A_STATE),
        )


@click.command("republish")
@click.argument("positions", nargs=-1, metavar="[POSITION...]")
@click.option("--group", metavar="ID", help="The letters of this group, or the id's beginning.")
@click.option("--topic", "topics", metavar="T", multiple=True, help="Of these dead-letter topics.")
@click.option("--from", "start", metavar="TIME", help="Only letters from this time on.")
@click.option("--until", metavar="TIME", help="Only letters before this time.")
@click.option("--where", metavar="CEL", help="Only letters like: value.amount > 100.")
@click.option("--when", metavar="CEL", help='Only where now: state.status == "CREATED".')
@click.option("--to", metavar="TOPIC", help="To this topic instead of their origins.")
@click.option("--rate", type=_Number(), help="Letters a second; 0 is unlimited.")
@click.option("--canary", metavar="N,N", help="So many before each look back; 1,5,20,100.")
@click.option("--all-at-once", is_flag=True, help="No canary.")
@click.option(
    "--canary-wait",
    type=_Number(),
    default=CANARY_WAIT_S,
    metavar="S",
    help="How long to watch before more are sent.",
    show_default=True,
)
@click.option(
    "--guarantee",
    type=click.Choice([each.value for each in Guarantee]),
    default=Guarantee.TRANSACTIONS.value,
    help="How each is sent once.",
    show_default=True,
)
@click.option("--preserve-timestamp", is_flag=True, help="Keep the originals' times.")
@click.option("--force", is_flag=True, help="Send also what is left out for safety.")
@click.option(
    "--plan", "plan_file", type=click.Path(path_type=Path), metavar="FILE", help="Keep it here."
)
@click.option("--apply", "applied", metavar="PLAN", help="Send this plan: its id, or its file.")
@click.option("--reason", metavar="TEXT", help="Why; the ledger keeps it.")
@click.option("--confirm", metavar="TOPIC", multiple=True, help="A target, typed to confirm it.")
@json_option
@writes_option
@source_options
@pass_settings
@click.pass_context
def republish(
    context: click.Context,
    settings: Settings,
    positions: tuple[str, ...],
    group: str | None,
    topics: tuple[str, ...],
    start: str | None,
    until: str | None,
    where: str | None,
    when: str | None,
    to: str | None,
    rate: float | None,
    canary: str | None,
    all_at_once: bool,
    canary_wait: float,
    guarantee: str,
    preserve_timestamp: bool,
    force: bool,
    plan_file: Path | None,
    applied: str | None,
    reason: str | None,
    confirm: tuple[str, ...],
) -> None:
    """Print what sending letters back would do; nothing is sent before --apply PLAN."""
    asked = Asked(positions, group, topics, start, until, where, when)
    if applied is not None:
        if not asked.is_nothing or to is not None:
            raise UsageError("A plan is sent as it is: --apply takes no choice of letters.")
        _check_undecided(context)
        sending = Sending(applied, reason, confirm, rate, canary_wait, force)
        context.exit(send_plan(settings, sending))
    options = PlanOptions(
        to=to,
        rate=DEFAULT_RATE if rate is None else rate,
        ramp=_ramp(canary, all_at_once=all_at_once),
        guarantee=Guarantee(guarantee),
        preserve_timestamp=preserve_timestamp,
        force=force,
    )
    plan = _planned(settings, asked, options)
    _show(settings, plan, plan_file)
    context.exit(0 if plan.letters else NOTHING_TO_SEND)


def _check_undecided(context: click.Context) -> None:
    """See that nothing was said that the plan to be sent has decided."""
    for parameter in context.command.params:
        name = parameter.name or ""
        is_said = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if is_said and name in _DECIDED:
            raise UsageError(
                f"A plan is sent as it is: --apply takes no {parameter.opts[0]}; make another plan."
            )


def _planned(settings: Settings, asked: Asked, options: PlanOptions) -> Plan:
    if asked.is_nothing:
        raise UsageError(
            "Say which letters: positions, --group, --topic, a time, or a condition; "
            "`kstory dlq ls` lists the groups."
        )
    rules = rules_of(settings.config.dead_letters)

    def group_of(letter: DeadLetter) -> str:
        return fingerprint(letter, rules).id

    with desk(settings) as opened, LineProgress() as progress:
        letter_topics = tuple(topic.name for topic in opened.letter_topics())
        steps = make_plan(
            opened.source,
            asked.selection(settings, opened.source.name, letter_topics),
            options,
            streams=opened.streams,
            ledger=opened.ledger,
            group_of=group_of,
            is_letter=opened.is_letter,
            who=user_and_host(),
            now_ms=now_ms(),
            dialects=opened.dialects,
            letter_topics=letter_topics,
        )
        for step in steps:
            if step.plan is not None:
                return step.plan
            of = f" {step.done:,} of {step.total:,}" if step.total else ""
            progress.draw(f"{step.doing}{of}, Ctrl-C stops")
    raise AssertionError("planning ends with a plan")


def _show(settings: Settings, plan: Plan, file: Path | None) -> None:
    said = "No letter is left to send, so no plan was kept."
    if plan.letters:
        kept = write_plan(plan, file)
        named = plan.id if kept == plan_path(plan.id) else str(kept)
        source = "" if settings.source is None else f" -s {shlex.quote(settings.source)}"
        said = (
            f"Nothing was sent. To send it: kstory{source} dlq republish --apply {named} "
            "--allow-writes --reason 'WHY'"
        )
    if settings.as_json:
        note(said)
        print_json(plan_document(plan))
    else:
        print_lines([*plan_lines(plan), "", said])


def _ramp(canary: str | None, *, all_at_once: bool) -> tuple[int, ...]:
    if all_at_once:
        if canary is not None:
            raise UsageError("Say --canary or --all-at-once, not both.")
        return ()
    if canary is None:
        return CANARY
    numbers = canary.split(",")
    if not all(number.strip().isdecimal() and int(number) > 0 for number in numbers):
        raise UsageError(f"--canary {canary!r}: write numbers above 0, such as 1,5,20,100.")
    return tuple(map(int, numbers))


def _time(settings: Settings, text: str | None) -> int | None:
    return None if text is None else parse_time(text, now_ms=now_ms(), zone=settings.zone)
