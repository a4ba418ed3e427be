"""Story: one aggregate's events as sentences, beside them the state at the cursor, at any point."""

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Footer, Static

from readers.errors import UsageError
from tui.render.safe_text import visible
from tui.render.story_text import story_lines
from tui.screens.story.bookmarks import StoryBookmarks
from tui.story_point import n_of
from tui.widgets.ask import Ask
from tui.widgets.lanes_view import LanesView
from tui.widgets.scrubber import Scrubber
from tui.widgets.state_panel import StatePanel
from tui.widgets.status_line import StatusLine
from tui.widgets.story_list import StoryList

_SIDE_BY_SIDE = 110


class StoryScreen(StoryBookmarks):
    """The story is searched when the screen opens, and shown as it is found."""

    ABOUT = (
        "One aggregate's events across topics, in order: by time, then by topic and partition, and"
        " never against a partition's own order; where times are the same (= tie), an event comes "
        "after the one that it names as its cause (a header such as causationId). The lanes above "
        "show when (pauses are shortened), the slider below them which event the cursor is on; "
        "click on either to go there. Beside the list is the state after the event under the "
        "cursor, how sure it is (exact; a lower bound where earlier events may be missing; unknown"
        " where any may be), and what that event changed. Tab goes to the state: there Enter goes "
        "to the event that set a field, and W lets only the events remain that changed it. Events "
        "that stand out have marks: ⟲ a redelivery, ◷ earlier than what was already told, ⋯ a long"
        " pause before it, ▣ a dead letter, ✗ not decodable, not folded or a rule broken, ∅ a "
        "tombstone, ◆ the marked point, ★ a bookmark. What if is only thought of: nothing of it is"
        " written anywhere but, by X, into a file that is asked for."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "jump", "Jump", tooltip="Go to a number, a time or a position"),
        Binding("enter,r", "record", "Record", tooltip="The record in its topic, with neighbours"),
        Binding(
            "l",
            "linked",
            "Linked",
            show=False,
            tooltip="From an event to its dead letter, and back",
        ),
        Binding("d", "letter", "Dead letter", tooltip="The event's dead letter, in full"),
        Binding("R", "again", "Again", show=False, tooltip="Show what came since; or search again"),
        Binding("E", "everywhere", "Everywhere", show=False, tooltip="Search every partition"),
        Binding("y", "copy", "Copy", show=False, tooltip="Copy the story as text"),
        Binding("escape", "back", "Back", tooltip="Stop or leave the last thing asked; then back"),
    ]

    def compose(self) -> ComposeResult:
        """Title, lanes, slider, the list beside the state, the status line and the keys."""
        yield Static("", id="title", markup=False)
        yield LanesView(self.kstory.colour_of, id="lanes")
        yield Scrubber(id="scrubber")
        with Container(id="story"):
            yield StoryList(self.kstory.colour_of, self.kstory.zone, id="events")
            yield StatePanel(id="state")
        yield StatusLine()
        yield Footer()

    def on_resize(self, event: events.Resize) -> None:
        """The state stands beside the list where there is room, else below it."""
        self.set_class(event.size.width >= _SIDE_BY_SIDE, "wide")

    def palette(self) -> Iterable[Binding]:
        """What the command palette offers here."""
        return (each.binding for each in self.active_bindings.values() if each.node is self)

    def action_jump(self) -> None:
        """Ask where to go."""
        question = "Go to a number, a time or a position of the story."
        self.app.push_screen(Ask(question, "6, 14:05, order-events:7@1430"), self._jump)

    def _jump(self, typed: str | None) -> None:
        told = self.shown
        if typed is None or told is None:
            return
        try:
            n = n_of(told.story, typed, now_ms=self.kstory.now_ms(), zone=self.kstory.zone)
        except UsageError as error:
            self.kstory.say(str(error))
            return
        self.query_one(StoryList).move(n)
        if n == 0:
            self.kstory.say("That is before the first event.")

    def action_record(self) -> None:
        """Open the record in its topic."""
        position = self._position_at_cursor()
        if position is not None:
            self.kstory.open_tail((position.topic,), start=position)

    def action_linked(self) -> None:
        """Move the cursor from an event to its dead letter, or from a letter to its origin."""
        told, n = self.shown, self.cursor
        if told is None or not n:
            return
        linked = told.story.events[n - 1].told.linked
        for event in told.story.events:
            if event.event.position == linked:
                self.query_one(StoryList).move(event.n)
                return
        self.notify("Nothing is linked to this event: it did not end as a dead letter.")

    def action_letter(self) -> None:
        """Open the dead letter at the cursor, or that of the event there."""
        told, n = self.shown, self.cursor
        if told is None or not n:
            return
        at = told.story.events[n - 1]
        letter = at.event.position if at.event.is_letter else at.told.linked
        if letter is None:
            self.notify("Nothing is linked to this event: it did not end as a dead letter.")
        else:
            self.kstory.open_letter(letter)

    def action_copy(self) -> None:
        """Copy the story as `kstory story` prints it."""
        if self._told is not None:
            lines = story_lines(self._told.story, self.kstory.zone)
            self.app.copy_to_clipboard("\n".join(visible(line) for line in lines))
            self.notify("Copied the story as text.")

    def action_back(self) -> None:
        """Stop a search that is under way, or leave what was asked for last; else go back."""
        if not self.stop_search() and not self.leave_one():
            self.app.pop_screen()
