"""`kstory dlq ls`: how many kinds of failures there are, or the letters of one kind."""

from collections.abc import Callable, Iterator

import click

from readers.errors import NothingThere, UsageError
from replay.deadletters.fate import Fate, Outcome
from replay.deadletters.groups.fingerprint import ID_CHARS, fingerprint
from replay.deadletters.groups.grouping import Grouping
from replay.deadletters.groups.rules import Rules, rules_of
from replay.deadletters.letter import DeadLetter
from replay.filters import EventFilter
from replay.locator import bytes_of_text
from replay.transfer.lines import line_of
from tui.commands.dlq.desk import Desk, desk
from tui.commands.dlq.finding import LetterPass, Wanted, fates_by
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines, write_bytes
from tui.progress import SearchProgress
from tui.render.letter_json import groups_document, letter_document
from tui.render.letter_lines import group_lines, letter_line
from tui.render.numbers import counted
from tui.render.safe_text import escape_json_controls
from tui.render.times import parse_time
from tui.settings import Settings, now_ms


@click.command("ls")
@click.argument("topics", nargs=-1, metavar="[TOPIC...]")
@click.option("--group", metavar="ID", help="The letters of this group, a line each.")
@click.option("--raw", is_flag=True, help="With --group: JSON lines that kstory import reads.")
@click.option("--from", "start", metavar="TIME", help="Only letters from this time on.")
@click.option("--until", metavar="TIME", help="Only letters before this time.")
@click.option("--where", metavar="CEL", help="A condition, such as: value.amount > 100.")
@click.option("--key", metavar="KEY", help="Only this key; hex:… for one that is no text.")
@click.option(
    "--outcome",
    type=click.Choice([outcome.value for outcome in Outcome]),
    help="Only letters of which this was noted last; open: nothing.",
)
@json_option
@source_options
@pass_settings
def ls(
    settings: Settings,
    topics: tuple[str, ...],
    group: str | None,
    raw: bool,
    start: str | None,
    until: str | None,
    where: str | None,
    key: str | None,
    outcome: str | None,
) -> None:
    """List the kinds of failures among the dead letters, the most frequent first.

    Without a TOPIC all topics are read that hold dead letters.
    """
    if raw and group is None:
        raise UsageError("--raw writes the letters of one group; name it with --group ID.")

    def time_ms(text: str | None) -> int | None:
        return None if text is None else parse_time(text, now_ms=now_ms(), zone=settings.zone)

    wanted = Wanted(
        topics=tuple(dict.fromkeys(topics)),
        group=group,
        from_ms=time_ms(start),
        until_ms=time_ms(until),
        where=None if where is None else EventFilter(where),
        key=None if key is None else bytes_of_text(key),
        any_key=key is None,
        outcome=None if outcome is None else Outcome(outcome),
    )
    with desk(settings) as opened:
        reading = LetterPass(opened, wanted)
        if group is None:
            _print_groups(reading)
        else:
            _print_letters(reading, raw=raw)


def _print_groups(reading: LetterPass) -> None:
    grouping = grouped(reading)
    settings, groups = reading.desk.settings, grouping.groups()
    if settings.as_json:
        document = groups_document(
            groups,
            total=grouping.total,
            origins=grouping.origins,
            undecided=grouping.undecided,
        )
        print_json(document | _searched(reading))
    elif groups:
        print_lines(group_lines(groups, settings.zone, now_ms()))
        print_lines([_summary(reading, grouping)])
    if not groups:
        raise NothingThere(_nothing(reading))


def grouped(reading: LetterPass) -> Grouping:
    """The wanted letters, grouped, showing on stderr how far it is."""
    opened = reading.desk
    grouping = Grouping(
        rules=_rules(opened),
        fate_of=fates_by(opened),
        aggregate_of=lambda letter: opened.event(letter).aggregate,
    )
    with SearchProgress() as progress:
        for letter in reading.letters(lambda step: progress.show(step, grouping.total)):
            grouping.add(letter)
    return grouping


def _print_letters(reading: LetterPass, *, raw: bool) -> None:
    opened, fate, found = reading.desk, fates_by(reading.desk), 0
    for letter in _of_one_group(reading):
        found += 1
        if raw:
            write_bytes(escape_json_controls(line_of(letter.record)))
        else:
            print_letter(opened, letter, fate)
    if not found:
        raise NothingThere(_nothing(reading))


def _of_one_group(reading: LetterPass) -> Iterator[DeadLetter]:
    """The letters of the group, as they come.

    Raises:
        UsageError: another group begins so too.
    """
    if len(reading.wanted.group or "") < ID_CHARS:  # all are looked at before one is printed
        first = LetterPass(reading.desk, reading.wanted)
        for _ in _while_one_group(first):
            pass
    return _while_one_group(reading)


def _while_one_group(reading: LetterPass) -> Iterator[DeadLetter]:
    with SearchProgress() as progress:
        for letter in reading.letters(lambda step: progress.show(step, reading.found)):
            if len(reading.groups) > 1:
                raise UsageError(
                    f"Several groups begin with {reading.wanted.group}; type more of the id."
                )
            yield letter


def print_letter(opened: Desk, letter: DeadLetter, fate: Callable[[DeadLetter], Fate]) -> None:
    """One letter, on one line."""
    settings, event = opened.settings, opened.event(letter)
    if settings.as_json:
        group = fingerprint(letter, _rules(opened)).id
        print_json(letter_document(letter, event, group, fate(letter)))
    else:
        print_lines([letter_line(letter, event, fate(letter), settings.zone)])


def _rules(opened: Desk) -> Rules:
    return rules_of(opened.settings.config.dead_letters)


def _searched(reading: LetterPass) -> dict[str, object]:
    """Where was looked, why there, and how much of it."""
    why = reading.why
    return {
        "topics": [
            {
                "topic": info.name,
                "why": why[info.name].why if info.name in why else "named",
                "framework": why[info.name].framework if info.name in why else None,
            }
            for info in reading.topics
        ],
        "searched": reading.searched,
        "of": reading.total,
    }


def _summary(reading: LetterPass, grouping: Grouping) -> str:
    undecided = f", {grouping.undecided:,} undecided" if grouping.undecided else ""
    names = ", ".join(info.name for info in reading.topics)
    return (
        f"{counted(grouping.total, 'letter')}, {counted(grouping.origins, 'origin')}, "
        f"{counted(len(grouping.groups()), 'kind')}{undecided}, in {names}; "
        f"times are {reading.desk.settings.zone.name}. "
        "`kstory dlq ls --group ID` lists a kind's letters, `kstory dlq show SAMPLE` shows one."
    )


def _nothing(reading: LetterPass) -> str:
    if not reading.topics:
        return "No topic that holds dead letters was found; name one: kstory dlq ls TOPIC."
    names = ", ".join(info.name for info in reading.topics)
    return f"There is no such dead letter in {names}; {reading.searched:,} offsets were searched."
