"""A letter's way as lines: each failure oldest first, where it was read, by whom, and why not."""

from rich.text import Text

from replay.deadletters.letter import Confidence, DeadLetter, Hop, Origin
from tui.render.group_row import short_class
from tui.render.numbers import ABSENT
from tui.render.plan_view import place_text
from tui.render.safe_text import visible
from tui.render.times import Zone, date_and_time

_SURE = {
    Confidence.SURE: ("●", "green"),
    Confidence.LIKELY: ("◐", "yellow"),
    Confidence.GUESSED: ("○", "yellow"),
}


def badge(letter: DeadLetter) -> Text:
    """`● spring, sure`: the framework that wrote the letter, and how sure that is."""
    sign, style = _SURE[letter.confidence]
    name = visible(letter.framework or "framework not known", limit=40)
    return Text.assemble((f"{sign} ", style), (name, "bold"), (f", {letter.confidence.value}", ""))


def origin_text(origin: Origin) -> str:
    """`payment-events p7 @98,120`, with `?` for what is not told."""
    position = origin.position
    if position is not None:
        return place_text(position)
    if origin.topic is None:
        return "origin not told"
    partition = "?" if origin.partition is None else str(origin.partition)
    offset = "?" if origin.offset is None else f"{origin.offset:,}"
    return f"{visible(origin.topic, limit=249)} p{partition} @{offset}"


def hops_lines(letter: DeadLetter, zone: Zone) -> list[Text]:
    """Every hop in two lines, and last where the letter lies now."""
    lines = [line for n, hop in enumerate(letter.hops, 1) for line in _hop(n, hop, zone)]
    here = Text.assemble(("  ▣ ", "bold"), place_text(letter.position), ("  this letter", "dim"))
    return [*lines, here]


def _hop(n: int, hop: Hop, zone: Zone) -> list[Text]:
    written = hop.origin.timestamp_ms
    head = Text.assemble(
        (f"{n:>3} ", "bold"), origin_text(hop.origin), no_wrap=True, overflow="ellipsis"
    )
    if written is not None:
        head.append(f"  written {date_and_time(written, zone)[:19]}", "dim")
    head.append("  read by ", "dim")
    head.append(visible(hop.consumer_group or ABSENT, limit=249))
    if hop.attempts is not None:
        head.append(f"  {tries(hop.attempts)}")
    if hop.failed_at_ms is not None:
        head.append(f"  given up {date_and_time(hop.failed_at_ms, zone)[:19]}")
    failure = hop.failure
    thrown = failure.cause or failure.exception
    said = Text("    ", no_wrap=True, overflow="ellipsis")
    said.append(visible(short_class(thrown), limit=120) if thrown else "what failed is not told")
    if failure.message:
        said.append(f": {visible(failure.message, limit=300)}", "dim")
    return [head, said]


def tries(attempts: int) -> str:
    """`1 try`, `4 tries`."""
    return "1 try" if attempts == 1 else f"{attempts:,} tries"
