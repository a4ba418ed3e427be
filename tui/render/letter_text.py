"""One dead letter in lines: who wrote it, where and why it failed, and what came of it since."""

from collections.abc import Collection, Sequence

from rich.text import Text

from readers.record import Position, Record
from replay.deadletters.aftermath import Aftermath, telling_change
from replay.deadletters.letter import DeadLetter
from replay.event import Event
from tui.render.group_row import short_class
from tui.render.hops_text import badge, origin_text, tries
from tui.render.numbers import counted, size
from tui.render.plan_view import place_text
from tui.render.record_line import key_text, value_summary
from tui.render.safe_text import visible
from tui.render.state_view import change_text
from tui.render.times import Zone, date_and_time, time_of_day

_CAUSE_CHARS = 1_000
_HEADERS_SHOWN = 12
NO_FAILURE_TIME = "when it failed is not told"


def line(name: str, *parts: Text | str | tuple[str, str]) -> Text:
    """A line with its name in front."""
    return Text.assemble((f" {name:<9} ", "dim"), *parts, no_wrap=True, overflow="ellipsis")


def came_from(letter: DeadLetter, zone: Zone) -> Text:
    """`from payment-events p7 @98,120 at 11:58:02   group payment-service   4 tries`."""
    text = Text(origin_text(letter.origin))
    if letter.origin.timestamp_ms is not None:
        text.append(f" at {time_of_day(letter.origin.timestamp_ms, zone)[:8]}")
    if letter.last.consumer_group is not None:
        text.append("  group ", "dim").append(visible(letter.last.consumer_group, limit=249))
    if letter.last.attempts is not None:
        text.append(f"  {tries(letter.last.attempts)}")
    if len(letter.hops) > 1:
        text.append(f"  {len(letter.hops)} hops", "bold")
    return text


def cause(letter: DeadLetter) -> Text:
    """`com.shop.GatewayTimeoutException: no answer in 2000 ms`, what is known of it."""
    failure = letter.last.failure
    thrown = failure.cause or failure.exception
    if thrown and failure.stack:
        thrown = short_class(thrown)  # the stack has it in full
    text = Text(visible(thrown, limit=300), "bold red") if thrown else Text()
    if failure.message:
        said = visible(failure.message, limit=_CAUSE_CHARS)
        text.append(": " if thrown else "").append(said)
    return text if text.plain else Text("nothing in the letter tells why", "dim")


def since_when(letter: DeadLetter) -> str:
    """What the time of a letter's record is."""
    return "written" if letter.has_time_of_origin else "dead since"


def head(letter: DeadLetter, zone: Zone) -> list[Text]:
    """The lines above everything else."""
    written = date_and_time(letter.record.timestamp_ms, zone)[:19]
    who = Text.assemble(badge(letter), (f"  {since_when(letter)} ", "dim"), written)
    if letter.has_time_of_origin:
        who.append(f", {NO_FAILURE_TIME}", "dim")
    if letter.is_pointer:
        who.append("  a pointer: its value lies at the origin", "yellow")
    return [
        line("letter", who),
        line("from", came_from(letter, zone)),
        line("cause", cause(letter)),
    ]


def value_head(
    record: Record, event: Event | None, zone: Zone, note: str, *, owned: Collection[str]
) -> list[str]:
    """The lines above a letter's value; headers that its framework added are only counted."""
    del zone
    encoding = "not decoded" if event is None else event.payload.encoding
    raw = "null (a tombstone)" if record.value is None else f"{encoding}, {size(len(record.value))}"
    lines = [f" key {key_text(record.key)}   value {raw}"]
    own = [(name, value) for name, value in record.headers if name not in owned]
    added = len(record.headers) - len(own)
    said = [f"{added} of the framework"] if added else []
    said += [f"{name} {key_text(value)[:80]}" for name, value in own[:_HEADERS_SHOWN]]
    if said:
        lines.append(f" headers {' · '.join(said)}")
    if event is not None and event.error is not None:
        lines.append(f" ✗ {event.error}")
    return [visible(text, limit=300) for text in [*lines, *([f" {note}"] if note else [])]]


def aftermath_line(found: Aftermath) -> Text:
    """`order-4711  status "CREATED" when it failed (#5), now "CANCELLED"   4 events later`."""
    text = Text(visible(found.story.aggregate, limit=100), "bold").append("  ")
    if found.n is None:
        return text.append("its story has neither the origin nor this letter", "yellow")
    change = telling_change(found.changed)
    if change is None:
        text.append("is as it was when it failed")
    else:
        name, before, after = (visible(part, limit=60) for part in change_text(change))
        text.append(f"{name} ").append(before, "bold").append(" when it failed, now ")
        text.append(after, "bold")
    text.append(f"  at #{found.n}, {counted(found.since, 'event')} later", "dim")
    for rule in found.newly_broken:
        text.append(f"  ✗ breaks: {visible(rule, limit=200)}", "bold red")
    return text


def original_lines(
    letter: DeadLetter, original: Record, around: Sequence[Event], zone: Zone
) -> list[Text]:
    """Whether the letter still is what was read there, and what lies around it."""
    return [
        Text(f" {place_text(original.position)}", "bold"),
        Text.assemble("  ", *_compared(letter, original)),
        Text(),
        *(_neighbour(event, original, zone) for event in around),
    ]


def _compared(letter: DeadLetter, original: Record) -> list[Text]:
    same = Text("= ", "green"), Text("≠ ", "bold yellow")
    value_alike = letter.record.value == original.value
    key_alike = letter.key == original.key
    value = "value as in the letter" if value_alike else "value is not the letter's"
    parts = [same[not value_alike], Text(value)]
    if not value_alike:
        sizes = (size(len(original.value or b"")), size(len(letter.record.value or b"")))
        parts.append(Text(f": {sizes[0]} there, {sizes[1]} in the letter"))
    parts += [Text("  "), same[not key_alike], Text("key")]
    return parts


def _neighbour(event: Event, original: Record, zone: Zone) -> Text:
    record = event.record
    is_it, is_kin = record.position == original.position, record.key == original.key
    sign = "▸" if is_it else "●" if is_kin else " "
    text = Text(no_wrap=True, overflow="ellipsis", style="bold" if is_it else "")
    text.append(f" {sign} ", "cyan" if is_kin else "")
    text.append(f"@{record.offset:<9,} {time_of_day(record.timestamp_ms, zone)[:8]} ", "dim")
    text.append(f"{visible(key_text(record.key), limit=40):<12} ", "cyan" if is_kin else "dim")
    text.append(f"{visible(event.type or '—', limit=60)} ", "bold" if is_kin else "")
    text.append(visible(value_summary(event), limit=200), "" if is_kin else "dim")
    return text


def states(found: Aftermath) -> list[tuple[Text, Text, Text]]:
    """The changed places as name, value when it failed, and value now."""
    return [
        (
            Text(visible(name, limit=80), "dim"),
            Text(visible(before, limit=200)),
            Text(visible(after, limit=200), "bold"),
        )
        for name, before, after in map(change_text, found.changed)
    ]


def story_lines_around(found: Aftermath, letter: Position, zone: Zone) -> list[Text]:
    """The aggregate's story, with the origin and the letter marked in it."""
    origin_n = found.n if found.is_origin else None
    lines = []
    for event in found.story.events:
        is_letter = event.event.position == letter
        sign = "▣" if is_letter else "▸" if event.n == origin_n else " "
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(f" {sign} {event.n:>3} {time_of_day(event.event.time_ms, zone)[:8]}  ", "dim")
        says = "this letter" if is_letter else visible(event.says, limit=300)
        text.append(says, "bold" if is_letter or event.n == origin_n else "")
        if event.n == origin_n:
            text.append("  ◂ failed here", "bold yellow")
        lines.append(text)
    return lines
