"""The part of the story screen that shows states: at the cursor, who set what, two side by side."""

from enum import Enum
from typing import ClassVar

from textual.binding import Binding, BindingType

from readers.record import Position
from tui.render.state_text import difference_head, difference_rows, state_head, state_panel_rows
from tui.screens.story.messages import Difference, DifferenceFound, Point, PointReached
from tui.screens.story.questions import Side, Told, difference_of, point_of
from tui.screens.story.reading import StoryReading
from tui.screens.story.work import FindStream
from tui.widgets.lanes_view import LanesView
from tui.widgets.state_panel import StatePanel, StateRows
from tui.widgets.story_list import StoryList


class Compare(Enum):
    """How two states are compared."""

    NOT = "not"
    SIDE_BY_SIDE = "side by side"
    PATCH = "RFC 6902"


_NEXT = {
    Compare.NOT: Compare.SIDE_BY_SIDE,
    Compare.SIDE_BY_SIDE: Compare.PATCH,
    Compare.PATCH: Compare.NOT,
}


class StoryTravel(StoryReading):
    """What is shown of the state follows the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "blame", "Blame", tooltip="Beside each field, the event that last set it"),
        Binding("m", "mark", "Mark", tooltip="Mark this point, to compare others with it"),
        Binding(
            "D", "compare", "Diff",
            tooltip="From the mark to here: side by side, as RFC 6902, off",
        ),
    ]  # fmt: skip

    def __init__(
        self, aggregate: str, find_stream: FindStream, *, at: Position | None = None
    ) -> None:
        super().__init__(aggregate, find_stream, at=at)
        self._is_blaming = False
        self._mark: Position | None = None
        self._compare = Compare.NOT
        self._point: Point | None = None
        self._difference: Difference | None = None

    def show_story(self, told: Told, n: int, done: bool) -> None:
        """See `StoryReading`."""
        super().show_story(told, n, done)
        self.draw_notes()

    # The state at the cursor.

    def action_step(self, by: int) -> None:
        """Move the cursor by so many events."""
        self.query_one(StoryList).action_step(by)

    def on_story_list_moved(self, message: StoryList.Moved) -> None:
        """Ask for the state there; what was asked before does not matter any more."""
        n = self.cursor  # a story may have come since the cursor moved: where it stands now counts
        if self.shown is not None and n:
            self.query_one(LanesView).point_at(n)
            self.moved(n)
            self.look()

    def moved(self, n: int) -> None:
        """The cursor is on event `n` now; parts that follow it say so here."""

    def look(self) -> None:
        """Ask for what the panel is to show."""
        told, n = self.shown, self.cursor
        if told is None or not n:
            return
        sides = self.sides(told, n)
        if sides is not None:
            self.ask("look", difference_of(*sides))
        else:
            self.ask("look", point_of(told, n, with_blame=self._is_blaming))

    def sides(self, told: Told, n: int) -> tuple[Side, Side] | None:
        """The two states to compare; None where one alone is to be shown."""
        marked = self.marked
        if self._compare is Compare.NOT or marked is None:
            return None
        return Side(told.story, marked, f"at #{marked}"), Side(told.story, n, f"at #{n}")

    def on_point_reached(self, message: PointReached) -> None:
        """Show the state."""
        if self.is_asked("look", message.job) and self.shown is not None:
            self._point, self._difference = message.point, None
            self.draw_panel()

    def on_difference_found(self, message: DifferenceFound) -> None:
        """Show two states."""
        if self.is_asked("look", message.job):
            self._point, self._difference = None, message.difference
            self.draw_panel()

    def draw_panel(self) -> None:
        """Show what is known of the state."""
        panel, told = self.query_one(StatePanel), self.shown
        if self._difference is not None:
            as_patch = self._compare is Compare.PATCH
            panel.show(
                difference_head(self._difference, as_patch=as_patch),
                difference_rows(self._difference, as_patch=as_patch),
            )
        elif self._point is not None and told is not None:
            panel.show(
                state_head(self._point, told.story, with_blame=self._is_blaming),
                state_panel_rows(self._point),
            )
        self.set_class(self._difference is not None, "comparing")

    def on_state_rows_chosen(self, message: StateRows.Chosen) -> None:
        """Go to the event that set the field; without blame, ask for it first."""
        row = message.row
        if row is not None and row.n:
            self.query_one(StoryList).move(row.n)
        elif row is None or row.pointer is None:
            return
        elif not self._is_blaming and self._difference is None:
            self.action_blame()
        else:
            self.kstory.say("No event of this story set what is here.")

    def action_blame(self) -> None:
        """Show who set what, or not."""
        self._is_blaming = not self._is_blaming
        self.look()

    # Two points.

    @property
    def marked(self) -> int | None:
        """The number of the marked event; None where none is, or it is not in the story."""
        return None if self._mark is None else self._numbers.get(self._mark)

    def action_mark(self) -> None:
        """Mark the point, or take the mark away where it is."""
        here = self._position_at_cursor()
        self._mark = None if here == self._mark else here
        if self._mark is None:
            self._compare = Compare.NOT
        self.draw_notes()
        self.look()

    def action_compare(self) -> None:
        """Compare with the mark: side by side, as a patch, not at all."""
        if self.marked is None and not self.is_comparing_worlds:
            self.kstory.say("Mark a point with m first; D then compares it with the cursor's.")
            return
        self._compare = _NEXT[self._compare]
        self.look()
        self.draw_title()

    @property
    def is_comparing_worlds(self) -> bool:
        """Whether there are two worlds, so that no mark is needed."""
        return False

    # What is said of it.

    def notes(self) -> dict[int, list[str]]:
        """What is to be said behind events, by their numbers; it is safe to be drawn."""
        return {} if self.marked is None else {self.marked: ["◆ marked"]}

    def draw_notes(self) -> None:
        """Draw them, and the title."""
        notes = {n: "  ".join(said) for n, said in self.notes().items()}
        self.query_one(StoryList).note(notes)
        self.draw_title()

    def leave_one(self) -> bool:
        """Undo the last thing that was asked for; whether there was one."""
        was = self._compare is not Compare.NOT
        if was:
            self._compare = Compare.NOT
            self.look()
        return was
