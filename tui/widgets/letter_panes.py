"""The four panes of a letter: its value, why it failed, its original, its aggregate."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from readers.record import Position, Record
from replay.deadletters.aftermath import Aftermath
from replay.deadletters.dialects.header_codecs import Codec
from replay.deadletters.letter import DeadLetter
from replay.event import Event
from tui.render.hops_text import hops_lines
from tui.render.letter_text import (
    original_lines,
    states,
    story_lines_around,
    value_head,
)
from tui.render.safe_text import visible
from tui.render.stack_text import Stack, stack_lines
from tui.render.state_view import MAX_ROWS, state_rows
from tui.render.times import Zone
from tui.widgets.record_detail import Form, RecordDetail

_ROWS = 10
"""Leaves of a state that has not changed; the story below it says more."""


class LetterDetail(RecordDetail, inherit_bindings=False):
    """A record's detail whose keys are the letter screen's."""


class ValuePane(Vertical):
    """The letter's key, headers and value, as they lie there or with their wrapping taken off."""

    def __init__(self, read: Callable[[Record], Event], *, id: str) -> None:
        super().__init__(id=id)
        self._owned: Collection[str] = ()
        self._detail = LetterDetail(read, head=self._head)
        self._detail.add_class("shown")

    def compose(self) -> ComposeResult:
        """The record's detail fills it."""
        yield self._detail

    def _head(self, record: Record, event: Event | None, zone: Zone, note: str) -> list[str]:
        return value_head(record, event, zone, note, owned=self._owned)

    def show(
        self,
        record: Record,
        zone: Zone,
        *,
        owned: Collection[str],
        numbers: Mapping[str, Codec],
        unwrapped: int,
    ) -> None:
        """Show a letter's record.

        Args:
            record: with the original's key.
            zone: of its times.
            owned: names of headers that its framework added.
            numbers: headers that are numbers in bytes, and how they are read.
            unwrapped: how many wrappings were taken off its value.
        """
        self._owned = owned
        self._detail.numbers = numbers
        self._detail.show(record, zone)
        self._entitle(unwrapped)

    def next_form(self) -> None:
        """Decoded, as raw text, as bytes."""
        self._detail.next_form()
        self._entitle(0)

    def toggle_headers(self) -> None:
        """All headers in place of the value, or the value again."""
        is_listed = self._detail.form is Form.HEADERS
        self._detail.use_form(Form.DECODED if is_listed else Form.HEADERS)
        self._entitle(0)

    def _entitle(self, unwrapped: int) -> None:
        form = self._detail.form
        said = "headers" if form is Form.HEADERS else "value"
        if form in (Form.TEXT, Form.HEX):
            said += f", {form.value}"
        if unwrapped:
            said += f", unwrapped {unwrapped}×"
        self.border_title = Content(f" {said} ")


class TextPane(VerticalScroll, can_focus=True):
    """Text that scrolls, under a title."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._body = Static("", markup=False)

    def compose(self) -> ComposeResult:
        """One text."""
        yield self._body

    def say(self, title: str, body: Text | Table) -> None:
        """Show this text, from its first line on."""
        self.border_title = Content(f" {title} ")
        self._body.update(body)

    def wait(self, title: str, said: str) -> None:
        """Show that something is still to come, or why it does not."""
        self.say(title, Text(f" {visible(said, limit=1_000)}", "dim"))


class FailurePane(TextPane):
    """The hops, where there are several, above the stack."""

    @property
    def _room(self) -> int:
        """The width of a line, without the scroll bar; a pane that is hidden has none yet."""
        return (self.size.width or self.screen.size.width) - 2

    def show(self, letter: DeadLetter, stack: Stack, zone: Zone, *, folded: bool) -> None:
        """Show why a letter failed."""
        hops = hops_lines(letter, zone)
        trace = stack_lines(stack, self._room, folded=folded) or [Text("no stack trace", "dim")]
        many = len(hops) // 2
        table = Table.grid(expand=True)
        table.add_column(overflow="fold")
        for text in (*trace, Text(), *hops) if many == 1 else (*hops, Text(), *trace):
            table.add_row(text)
        self.say(f"stack: {stack.summary} · {many} hop{'' if many == 1 else 's'}", table)


class OriginalPane(TextPane):
    """The original among its neighbours."""

    def show(
        self,
        letter: DeadLetter,
        original: Record,
        around: Sequence[Event],
        zone: Zone,
        *,
        how: str,
    ) -> None:
        """Show a letter's original; `how` it was found, where the letter does not tell."""
        lines = original_lines(letter, original, around, zone)
        if how:
            lines.insert(1, Text(f"  {visible(how, limit=300)}", "yellow"))
        self.say("original", Text("\n", no_wrap=True, overflow="ellipsis").join(lines))


class AggregatePane(TextPane):
    """What the aggregate's state was and is, and its story with the letter in its place."""

    def show(self, found: Aftermath, letter: Position, zone: Zone) -> None:
        """Show what became of an aggregate."""
        name = visible(found.story.aggregate, limit=60)
        sure = "exact" if found.story.complete else "lower bound"
        table = Table.grid(expand=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for text in self._states(found):
            table.add_row(text)
        table.add_row(Text())
        for text in story_lines_around(found, letter, zone):
            table.add_row(text)
        self.say(f"{name}, then and now · {sure}", table)

    def _states(self, found: Aftermath) -> Sequence[Text | Table]:
        if found.n is None:
            return [Text(" its story has neither the origin nor this letter", "yellow")]
        place = "when it failed" if found.is_origin else "when the letter came"
        if not found.changed:
            return [Text(f" now as {place}, after #{found.n}:", "dim"), _rows(found)]
        grid = Table.grid(padding=(0, 2), expand=True)
        for ratio in (2, 3, 3):
            grid.add_column(no_wrap=True, overflow="ellipsis", ratio=ratio)
        last = len(found.story.events)
        grid.add_row(
            Text(" changed", "dim"),
            Text(f"{place}, after #{found.n}", "dim"),
            Text(f"now, after #{last}", "dim"),
        )
        for name, before, after in states(found):
            grid.add_row(Text(" ") + name, before, after)
        broken = [
            Text(f" ✗ breaks: {visible(rule, limit=200)}", "bold red")
            for rule in found.newly_broken
        ]
        return [grid, *broken]


def _rows(found: Aftermath) -> Table:
    """The state's leaves, as far as there is room for the story below them."""
    grid = Table.grid(padding=(0, 2), expand=True)
    for ratio in (1, 2):
        grid.add_column(no_wrap=True, overflow="ellipsis", ratio=ratio)
    for row in islice(state_rows(found.now), _ROWS):
        grid.add_row(
            Text(f" {'  ' * row.depth}{visible(row.name, limit=80)}", "dim"),
            Text(visible(row.value, limit=200)),
        )
    left = sum(1 for _ in islice(state_rows(found.now), _ROWS, MAX_ROWS))
    if left:
        grid.add_row(Text(f" … {left:,} more", "dim"))
    return grid
