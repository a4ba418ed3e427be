"""One dead letter: its value, why it failed, its original, and what became of its aggregate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from readers.record import Position, Record
from replay.deadletters.dialects.header_codecs import Codec
from replay.deadletters.fate import OPEN, Fate, Outcome
from replay.deadletters.letter import DeadLetter
from replay.deadletters.unwrap import times_wrapped, unwrap
from replay.event import Event
from tui.messages import JobEnded, JobFailed
from tui.render.group_row import fate_line
from tui.render.letter_text import aftermath_line, head, line
from tui.render.plan_view import place_text
from tui.render.safe_text import visible
from tui.render.stack_text import read_stack
from tui.screens.letter.messages import AggregateSearched, AggregateTold, LetterRead, OriginalRead
from tui.screens.letter.work import look_at
from tui.session import Job
from tui.widgets.letter_panes import AggregatePane, FailurePane, OriginalPane, ValuePane
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tui.app import KstoryApp

_SIDE_BY_SIDE = 110
_PANES = ("value", "failure", "original", "aggregate")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the letter on screen so far; None is still to come."""

    position: Position
    letter: DeadLetter | None = None
    owned: tuple[str, ...] = ()
    numbers: Mapping[str, Codec] = field(default_factory=dict)
    fate: Fate = OPEN
    is_mended: bool = False
    original: OriginalRead | None = None
    told: AggregateTold | None = None


class LetterScreen(Screen[None]):
    """A letter among others, which `n` and `N` go through; each is read when it is shown."""

    ABOUT = (
        "One dead letter. Above: who wrote it and how sure that is (● its headers are that "
        "framework's, ◐ they may be another's, ○ only the topic's name says so), where it failed "
        "and why. Below: its value; the stack with the frames of frameworks folded, and the hops "
        "it came by, oldest first; the original among its neighbours (▸ it, ● the same key); and "
        "what its aggregate's state was after the event that failed, and is now. In a narrow "
        "window one of the four is shown, and Tab goes to the next."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "next(1)", "Next", tooltip="The next letter of the list"),
        Binding("N", "next(-1)", "Before", show=False, tooltip="The letter before it"),
        Binding("tab", "pane(1)", "Pane", tooltip="To the next of the four panes"),
        Binding("shift+tab", "pane(-1)", "Pane before", show=False),
        Binding("o", "original", "Original", show=False, tooltip="The original in its topic"),
        Binding("s", "story", "Story", tooltip="The aggregate's story, at the event that failed"),
        Binding("p", "plan", "Plan …", tooltip="Plan a republish of this letter"),
        Binding("e", "edit", "Edit", tooltip="Edit what is sent instead of the letter"),
        Binding("r", "note('resolved')", "Resolved", tooltip="Note that it was seen to otherwise"),
        Binding("i", "note('ignored')", "Ignore", tooltip="Note that nothing is to be done"),
        Binding("O", "note('open')", "Reopen", show=False, tooltip="Take back such a note"),
        Binding(
            "f", "fold", "Unfold", show=False, tooltip="Show the frames of frameworks, or fold them"
        ),
        Binding(
            "x",
            "form",
            "Raw/hex",
            show=False,
            tooltip="The value decoded, as raw text, or as bytes",
        ),
        Binding("h", "headers", "Headers", show=False, tooltip="All headers, as they are"),
        Binding(
            "u", "unwrap", "Unwrap", show=False, tooltip="Unwrap a value that was wrapped in base64"
        ),
        Binding("L", "ledger", "Ledger", show=False, tooltip="What was done with dead letters"),
        Binding("R", "again", "Again", show=False, tooltip="Read it all again"),
        Binding("escape", "back", "Back", tooltip="Stop the search; then back"),
    ]

    def __init__(self, letters: Sequence[Position], at: int = 0) -> None:
        super().__init__()
        self._letters = letters
        self._at = at
        self._job: Job | None = None
        self._seen = Seen(letters[at])
        self._pane = 0
        self._folded = True
        self._unwrapped = False

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    def compose(self) -> ComposeResult:
        """Title, what the letter is, the four panes, the status line and the keys."""
        yield Static("", id="title", markup=False)
        yield Static("", id="letter-head", markup=False)
        with Container(id="letter-panes"):
            yield ValuePane(self._read, id="value")
            yield OriginalPane(id="original")
            yield FailurePane(id="failure")
            yield AggregatePane(id="aggregate")
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Read the first."""
        self._show_pane()
        self._look()

    def on_resize(self, event: events.Resize) -> None:
        """All four panes where there is room, else one of them."""
        self.set_class(event.size.width >= _SIDE_BY_SIDE, "wide")
        self.call_after_refresh(self._draw_resized)

    def _draw_resized(self) -> None:
        if self.is_mounted and self._seen.letter is not None:
            self._draw_failure()

    def zone_changed(self) -> None:
        """Show all times in the app's zone."""
        self._draw()

    def on_unmount(self) -> None:
        """Let go of the job."""
        if self._job is not None:
            self._job.cancel()

    # Reading.

    def _look(self) -> None:
        """Read the letter that is meant now; the one before stays until it has come."""
        if self._job is not None:
            self._job.cancel()
        work = look_at(self._position, self.kstory.letter_tools, with_original=True)
        self._job = self.kstory.session.submit(work, self)
        self._title()

    @property
    def _position(self) -> Position:
        return self._letters[self._at]

    def _title(self) -> None:
        many = len(self._letters)
        place = f"  {self._at + 1:,} of {many:,}" if many > 1 else ""
        text = f"kstory  dead letter  {place_text(self._position)}{place}"
        self.query_one("#title", Static).update(text)

    def on_letter_read(self, message: LetterRead) -> None:
        """Show the letter; what belongs to it is still to come."""
        if message.job is not self._job:
            return
        self._seen = Seen(
            message.position,
            message.letter,
            message.owned,
            message.numbers,
            message.fate,
            message.is_mended,
        )
        self._unwrapped = False
        self._draw()

    def on_original_read(self, message: OriginalRead) -> None:
        """Show the original, or why it is not there."""
        if message.job is self._job:
            self._seen = replace(self._seen, original=message)
            self._draw_original()

    def on_aggregate_searched(self, message: AggregateSearched) -> None:
        """Say how far the search for the aggregate is."""
        if message.job is self._job:
            step = message.step
            self.kstory.set_search_status(
                f"aggregate: searched {step.searched:,} of {step.total:,}, Esc stops"
            )

    def on_aggregate_told(self, message: AggregateTold) -> None:
        """Show what became of it."""
        if message.job is self._job:
            self._seen = replace(self._seen, told=message)
            self._draw_head()
            self._draw_aggregate()

    def on_job_ended(self, message: JobEnded) -> None:
        """Nothing more is searched."""
        if message.job is self._job:
            self._job = None
            self.kstory.set_search_status("")

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why the letter cannot be read."""
        if message.job is self._job:
            self._job = None
            self.kstory.set_search_status("")
            self._head.update(Text(visible(f" ✗ {message.error}", limit=1_000), "bold red"))

    # Drawing.

    @property
    def _head(self) -> Static:
        return self.query_one("#letter-head", Static)

    def _draw(self) -> None:
        self._draw_head()
        if self._seen.letter is not None:
            self._draw_value()
            self._draw_failure()
            self._draw_original()
            self._draw_aggregate()

    def _draw_head(self) -> None:
        seen, zone = self._seen, self.kstory.zone
        if seen.letter is None:
            gone = f" There is no record at {place_text(seen.position)} any more."
            self._head.update(Text(gone, "bold yellow"))
            return
        mended = ("  ✎ edited: that is what would be sent" if seen.is_mended else "", "cyan")
        lines = [*head(seen.letter, zone), line("fate", fate_line(seen.fate, zone), mended)]
        found = None if seen.told is None else seen.told.aftermath
        if found is not None:
            lines.append(line("aggregate", aftermath_line(found)))
        self._head.update(Text("\n", no_wrap=True, overflow="ellipsis").join(lines))

    def _draw_value(self) -> None:
        letter = self._seen.letter
        assert letter is not None
        record, times = letter.record, 0
        if self._unwrapped and record.value is not None:
            value, times = unwrap(record.value)
            record = record._replace(value=value)
        self.query_one(ValuePane).show(
            record._replace(key=letter.key),
            self.kstory.zone,
            owned=self._seen.owned,
            numbers=self._seen.numbers,
            unwrapped=times,
        )

    def _draw_failure(self) -> None:
        letter = self._seen.letter
        assert letter is not None
        stack = read_stack(letter.last.failure.stack, self.kstory.letter_tools.rules.is_ours)
        pane = self.query_one(FailurePane)
        pane.show(letter, stack, self.kstory.zone, folded=self._folded)

    def _draw_original(self) -> None:
        letter, read = self._seen.letter, self._seen.original
        pane = self.query_one(OriginalPane)
        if read is None:
            pane.wait("original", "reading …")
        elif read.original is None:
            pane.wait("original", f"It cannot be shown: {read.why_not}")
        elif letter is not None:
            how = "" if letter.origin.position is not None else read.how
            pane.show(letter, read.original, read.around, self.kstory.zone, how=how)

    def _draw_aggregate(self) -> None:
        told = self._seen.told
        pane = self.query_one(AggregatePane)
        if told is None:
            pane.wait("aggregate", "searching …")
        elif told.aftermath is None:
            pane.wait("aggregate", told.why_not)
        else:
            pane.show(told.aftermath, self._seen.position, self.kstory.zone)

    # Keys.

    def _read(self, record: Record) -> Event:
        letter = self._seen.letter
        tools = self.kstory.letter_tools
        stream = tools.stream_of(record.topic) if letter is None else tools.stream(letter)
        return stream.event(record)

    def action_next(self, by: int) -> None:
        """Go to the next letter of the list, or the one before."""
        at = self._at + by
        if 0 <= at < len(self._letters):
            self._at = at
            self._look()
        else:
            self.kstory.say("This is the last letter." if by > 0 else "This is the first letter.")

    def action_pane(self, by: int) -> None:
        """Go to the next pane; in a narrow window it is shown instead of this one."""
        self._pane = (self._pane + by) % len(_PANES)
        self._show_pane()

    def _show_pane(self) -> None:
        for index, name in enumerate(_PANES):
            self.query_one(f"#{name}").set_class(index == self._pane, "current")
        others = [*_PANES[self._pane + 1 :], *_PANES[: self._pane]]
        pane = self.query_one(f"#{_PANES[self._pane]}")
        pane.border_subtitle = Content(f" Tab: {', '.join(others)} ")
        pane.focus() if pane.can_focus else self.query_one("#value Tree").focus()

    def action_original(self) -> None:
        """Open the original's topic at it."""
        read = self._seen.original
        at = read.original.position if read is not None and read.original is not None else None
        if at is not None:
            self.kstory.open_tail((at.topic,), start=at)
        else:
            self.kstory.say(read.why_not if read is not None else "It is still being looked for.")

    def action_story(self) -> None:
        """Open the aggregate's story, the cursor on the event that failed, or on the letter."""
        letter, told = self._seen.letter, self._seen.told
        if letter is None:
            return
        found = None if told is None else told.aftermath
        is_untold = found is not None and not found.is_origin
        self.kstory.open_story_of_letter(letter, at=letter.position if is_untold else None)

    def action_plan(self) -> None:
        """Plan a republish of this letter; nothing is sent."""
        self.kstory.open_plan((self._position,))

    def action_edit(self) -> None:
        """Edit what is sent instead of it."""
        self.kstory.mend(self._position)

    def action_note(self, outcome: str) -> None:
        """Note what became of it."""
        self.kstory.note_fate((self._position,), Outcome(outcome))

    def action_ledger(self) -> None:
        """Show the ledger."""
        self.kstory.open_ledger()

    def ledger_changed(self) -> None:
        """Its fate may be another one now."""
        self._look()

    def action_fold(self) -> None:
        """Show the frames of frameworks, or fold them."""
        self._folded = not self._folded
        if self._seen.letter is not None:
            self._draw_failure()

    def action_form(self) -> None:
        """The value decoded, as text, as bytes."""
        self.query_one(ValuePane).next_form()

    def action_headers(self) -> None:
        """All headers in place of the value, or the value again."""
        self.query_one(ValuePane).toggle_headers()

    def action_unwrap(self) -> None:
        """Take off the base64 that hops wrapped the value in, or show it as it lies there."""
        letter = self._seen.letter
        if letter is None or letter.record.value is None or not times_wrapped(letter.record.value):
            self.kstory.say("This value is not wrapped in base64.")
            return
        self._unwrapped = not self._unwrapped
        self._draw_value()

    def action_back(self) -> None:
        """Stop the search, keeping what was read; else leave."""
        if self._job is None:
            self.app.pop_screen()
            return
        self._job.cancel()
        self._job = None
        self.kstory.set_search_status("")
        if self._seen.told is None:
            stopped = AggregateTold(None, "The search was stopped; R searches again.")
            self._seen = replace(self._seen, told=stopped)
            self._draw_aggregate()

    def action_again(self) -> None:
        """Read it all again."""
        self._look()
