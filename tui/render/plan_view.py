"""A plan's letters as rows, and one of them in full, as the plan screen shows them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.text import Text

from readers.decoders.payload import Json
from readers.record import Position, TopicPartition
from replay.changes import Change, changes
from replay.deadletters.aftermath import telling_change
from replay.deadletters.republish.plan import Impact, LeftOut, Plan, PlannedLetter
from tui.render.numbers import size
from tui.render.record_line import key_text
from tui.render.safe_text import visible
from tui.render.state_view import change_text

BROKEN = "bold red"
_DIM = "dim"
_NAME_CHARS = 60
_KEY_CHARS = 24
_KEY_CHARS_NARROW = 12
_PLACE_CHARS = 16
_CHANGES_SHOWN = 40
_WIDE = 130

_STALE = (
    ("kstory-replay-", "of an earlier republish"),
    ("retry_topic-", "counts tries: the next failure would go straight to the dead letters"),
    ("delayed-retry-", "counts tries: the next failure would go straight to the dead letters"),
    ("deserialization-failure-", "with it SmallRye sends the record back unread"),
    ("wolverine-kafka-retry-", "counts tries: the next failure would be the last"),
    ("x-failed-attempts", "counts tries: the next failure would be the last"),
    ("kafka_original-", "names this origin for ever"),
)
_OVER = "tells of the failure that is over"


def why_stripped(name: str) -> str:
    """Why a header of this name is not sent back."""
    return next((why for prefix, why in _STALE if name.startswith(prefix)), _OVER)


@dataclass(frozen=True, slots=True)
class RowStyle:
    """What all rows of a plan share: whether topics have to be named in each."""

    several_sources: bool
    several_targets: bool

    @classmethod
    def of(cls, plan: Plan) -> "RowStyle":
        """For the letters of this plan."""
        return cls(
            len({planned.letter.topic for planned in plan.letters}) > 1,
            len({planned.target.topic for planned in plan.letters}) > 1,
        )


def place_text(position: Position, *, named: bool = True) -> str:
    """`payment-events p7 @2,204`, or without the topic."""
    topic = f"{visible(position.topic, limit=_NAME_CHARS)} " if named else ""
    return f"{topic}p{position.partition} @{position.offset:,}"


def target_text(target: TopicPartition, *, named: bool = True) -> str:
    """`payment-events p7`, or without the topic."""
    topic = f"{visible(target.topic, limit=_NAME_CHARS)} " if named else ""
    return f"{topic}p{target.partition}"


def left_out_row(out: LeftOut, width: int) -> Text:
    """A letter that is not sent, and why."""
    row = Text.assemble(
        (" ✗ ", "yellow"),
        f"{place_text(out.letter)}  ",
        (visible(out.why, limit=400), "yellow"),
        no_wrap=True,
    )
    row.truncate(max(0, width), overflow="ellipsis")
    return row


def left_out_text(out: LeftOut) -> Text:
    """The same, in full."""
    return Text.assemble((place_text(out.letter), "bold"), f" is not sent: {visible(out.why)}")


def row_of(plan: Plan, number: int) -> PlannedLetter | LeftOut:
    """What stands in this row, from 0: the letters in their order, then those that stay."""
    count = len(plan.letters)
    return plan.letters[number] if number < count else plan.left_out[number - count]


def columns_line(width: int) -> str:
    """What the columns of the rows are."""
    key = f"{'key':<{_key_chars(width)}}"
    return f"    {'letter':<{_PLACE_CHARS}} {key} what it does"


def _key_chars(width: int) -> int:
    return _KEY_CHARS if width >= _WIDE else _KEY_CHARS_NARROW


def letter_row(planned: PlannedLetter, style: RowStyle, width: int, *, left_out: bool) -> Text:
    """One letter in one line: whether it is sent, which it is, and what it does."""
    row = Text(no_wrap=True, overflow="ellipsis")
    row.append(" – " if left_out else " ✓ ", "yellow" if left_out else "green")
    place = place_text(planned.letter, named=style.several_sources)
    row.append(f"{place:<{_PLACE_CHARS}} ", _DIM if left_out else "")
    key = visible(key_text(planned.key), limit=_key_chars(width))
    row.append(f"{key:<{_key_chars(width)}} ", _DIM if left_out else "")
    if left_out:
        row.append("left out by you", "yellow")
        return row
    for part in _remarks(planned, style):
        row.append_text(part).append("  ")
    row.truncate(max(0, width), overflow="ellipsis")
    return row


def _remarks(planned: PlannedLetter, style: RowStyle) -> Iterator[Text]:
    if style.several_targets:
        yield Text(f"→ {target_text(planned.target)}")
    if planned.mended is not None:
        yield Text("✎ mended", "cyan")
    if planned.attempt > 1:
        yield Text(f"↻ {_nth(planned.attempt)} time", "yellow")
    if planned.later:
        yield Text(f"{planned.later:,} newer of its key", "yellow")
    if planned.impact is not None:
        yield from _effect(planned.impact)


def _nth(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else endings.get(number % 10, 'th')}"


def _effect(impact: Impact) -> Iterator[Text]:
    """What stands out first: broken rules, then where the aggregate is now, then what changes."""
    for rule in impact.newly_broken:
        yield Text(f"✗ {visible(rule, limit=120)}", BROKEN)
    if impact.error is not None:
        yield Text(f"✗ {visible(impact.error, limit=120)}", BROKEN)
        return
    yield from _since(impact)
    found = tuple(changes(impact.before, impact.after))
    for change in found:
        yield change_line(change)
    if impact.already_told:
        yield Text("told already", "yellow")
    elif not found:
        yield Text("changes nothing", _DIM)


def _since(impact: Impact) -> Iterator[Text]:
    """Where the aggregate is now, and what it was when it failed."""
    if impact.failed_n is None:
        return
    change = telling_change(tuple(changes(impact.failed, impact.before)))
    if change is None:
        yield Text("as when it failed", _DIM)
        return
    where, then, now = (visible(text, limit=60) for text in change_text(change))
    yield Text.assemble("now ", (where, "cyan"), f" {now}", (f" (was {then})", _DIM))


def change_line(change: Change) -> Text:
    """`status "CANCELLED" → "PAID"`."""
    where, before, after = (visible(text, limit=80) for text in change_text(change))
    return Text.assemble((where, "cyan"), f" {before} → {after}")


def detail_text(planned: PlannedLetter) -> Text:
    """All that is planned for one letter, in lines."""
    return Text("\n").join(_detail(planned))


def _detail(planned: PlannedLetter) -> Iterator[Text]:
    origin = "origin not told" if planned.origin is None else f"from {place_text(planned.origin)}"
    yield Text.assemble(
        (place_text(planned.letter), "bold"), f" → {target_text(planned.target)}  {origin}"
    )
    mended = "as it was mended" if planned.mended else "key and value byte for byte"
    key = visible(key_text(planned.key), limit=80)
    yield Text(f"key {key} · {mended} · {size(planned.size_bytes)} · attempt {planned.attempt}")
    if planned.later:
        yield Text(f"⚠ {planned.later:,} newer records of its key are in the target", "yellow")
    if planned.impact is not None:
        yield from _impact_lines(planned.impact)
    yield from _headers("stripped", planned.stripped, why_stripped)
    yield from _headers("kept", planned.kept)
    yield from _headers("added", planned.added)


def _impact_lines(impact: Impact) -> Iterator[Text]:
    name = visible(impact.aggregate, limit=_NAME_CHARS)
    if impact.failed_n is not None:
        yield Text(f"since it failed, {name}:")
        yield from _change_lines(impact.failed, impact.before, "nothing changed")
    yield Text(f"what it does to {name}, by {visible(impact.reducer, limit=_NAME_CHARS)}:")
    if impact.error is not None:
        yield Text(f"  ✗ {visible(impact.error, limit=300)}", BROKEN)
        return
    if impact.already_told:
        yield Text("  its story has this event: who checks event ids skips it", "yellow")
    yield from _change_lines(impact.before, impact.after, "nothing changes by itself")
    for rule in impact.broken:
        newly = "breaks" if rule in impact.newly_broken else "breaks now as before"
        yield Text(f"  ✗ {newly}: {visible(rule, limit=300)}", BROKEN)
    if impact.already_told:
        yield Text("  for who does not check event ids:", "yellow")
        yield from _change_lines(impact.before, impact.again, "nothing changes")
        for rule in impact.again_breaks:
            yield Text(f"  ✗ breaks: {visible(rule, limit=300)}", BROKEN)


def _change_lines(before: Json, after: Json, none: str) -> Iterator[Text]:
    found = tuple(changes(before, after))
    for change in found[:_CHANGES_SHOWN]:
        yield Text("  ") + change_line(change)
    if len(found) > _CHANGES_SHOWN:
        yield Text(f"  … {len(found) - _CHANGES_SHOWN:,} more", _DIM)
    if not found:
        yield Text(f"  {none}", _DIM)


def _headers(
    title: str, names: Sequence[str], why: Callable[[str], str] | None = None
) -> Iterator[Text]:
    if not names:
        yield Text(f"{title} no headers", _DIM)
        return
    by_reason: dict[str, list[str]] = {}
    for name in names:
        by_reason.setdefault("" if why is None else why(name), []).append(name)
    for reason, alike in by_reason.items():
        said = visible(", ".join(alike), limit=600)
        tail = f" ({reason})" if reason else ""
        yield Text.assemble((f"{title} ", "bold"), said, (tail, _DIM))
