"""A sample of a row of dead letters: what one needs to know of it, in some lines."""

from rich.text import Text

from replay.deadletters.aftermath import Aftermath
from replay.deadletters.fate import Fate
from replay.deadletters.groups.group import Fingerprint
from replay.deadletters.letter import DeadLetter
from replay.event import Event
from tui.render.group_row import fate_text
from tui.render.hops_text import badge
from tui.render.letter_text import aftermath_line, came_from, cause, line
from tui.render.plan_view import place_text
from tui.render.record_line import key_text, value_summary
from tui.render.safe_text import visible
from tui.render.stack_text import Stack
from tui.render.times import Zone, date_and_time


def sample_text(
    letter: DeadLetter, event: Event, stack: Stack, fate: Fate, zone: Zone, *, of: int
) -> Text:
    """Where it lies and came from, why it failed, what it holds."""
    written = date_and_time(letter.record.timestamp_ms, zone)[:19]
    at = Text.assemble((place_text(letter.position), "bold"), f"  {written}  ")
    at.append_text(badge(letter)).append("  ").append_text(fate_text(fate))
    key = visible(key_text(letter.key), limit=100)
    value = visible(value_summary(event), limit=600)
    return Text("\n", no_wrap=True, overflow="ellipsis").join(
        [
            line("letter", at, (f"  the newest of {of:,}" if of > 1 else "", "dim")),
            line("from", came_from(letter, zone)),
            line("cause", cause(letter), (f"  {stack.summary}", "dim")),
            line("value", (key, "bold"), f"  {value}"),
        ]
    )


def aggregate_text(found: Aftermath | None, why_not: str, searched: str) -> Text:
    """What became of its aggregate, or how far that is known."""
    if found is not None:
        return line("aggregate", aftermath_line(found))
    said = visible(why_not, limit=300) if why_not else searched
    return line("aggregate", Text(said, "dim"))


def why_lines(kind: Fingerprint, *, in_full: bool) -> list[Text]:
    """Why the letters are one kind: a line a reason, or all in one."""
    reasons = kind.why if in_full else ("; ".join(kind.why),)
    return [
        line("one kind" if at == 0 else "", Text(visible(reason, limit=600), "dim"))
        for at, reason in enumerate(reasons)
    ]
