"""The part of the story screen that asks of states: what, who, since when, how they differ."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import ClassVar

from textual.binding import Binding, BindingType

from readers.record import Position
from replay.states.bisect import How
from tui.render.safe_text import visible
from tui.render.state_text import difference_head, difference_rows, state_head, state_panel_rows
from tui.screens.ask_condition import AskCondition, Condition
from tui.screens.story_messages import (
    Bisected,
    Difference,
    DifferenceFound,
    Point,
    PointReached,
    RulesChecked,
    StatesLookedAt,
    WatchFound,
)
from tui.screens.story_questions import (
    Side,
    Told,
    bisect_condition,
    bisect_rule,
    check_rules,
    difference_of,
    point_of,
    watch,
)
from tui.screens.story_reading import StoryReading
from tui.screens.story_work import FindStream
from tui.widgets.lanes_view import LanesView
from tui.widgets.state_panel import StatePanel, StateRows
from tui.widgets.story_list import StoryList

_HOW = {
    How.FOLD: "found by fold: it holds of no state before",
    How.HALVING: "found by halving: it is the first if what holds once holds from then on",
}
CHIP = "bold reverse"


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
        Binding("B", "bisect", "Bisect", tooltip="The first event after which something holds"),
        Binding("m", "mark", "Mark", tooltip="Mark this point, to compare others with it"),
        Binding(
            "D", "compare", "Diff",
            tooltip="From the mark to here: side by side, as RFC 6902, off",
        ),
        Binding("W", "watch", "Watch", tooltip="Only events that changed the field at its cursor"),
        Binding("n", "broken(1)", "Next ✗", show=False, tooltip="The next event to break a rule"),
        Binding("N", "broken(-1)", "✗ before", show=False, tooltip="The one before to break one"),
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
        self._pointer: str | None = None
        self._watched: Sequence[int] | None = None
        self._broken: Mapping[int, tuple[str, ...]] = {}
        self._condition = ""
        self._answer = ""

    def show_story(self, told: Told, n: int, done: bool) -> None:
        """Ask anew what was asked of the story before."""
        super().show_story(told, n, done)
        self._broken, self._watched, self._answer = {}, None, ""
        self.drop("bisect")
        if done:
            self.ask("rules", check_rules(told.story))
            if self._pointer is not None:
                self.ask("watch", watch(told.story, self._pointer))
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

    # Since when.

    def action_bisect(self) -> None:
        """Ask for a condition or a rule, and find where it begins to hold."""
        rules = dict.fromkeys(rule for _, names in sorted(self._broken.items()) for rule in names)
        self.app.push_screen(
            AskCondition(
                "Bisect: the first event after which this holds of the state.",
                'state.status == "CANCELLED"',
                self._condition,
                tuple(rules),
            ),
            self._bisect,
        )

    def _bisect(self, condition: Condition | None) -> None:
        told = self.shown
        if condition is None or told is None:
            return
        if condition.is_rule:
            self.ask("bisect", bisect_rule(told.story, condition.text))
        else:
            self._condition = condition.text
            self.ask("bisect", bisect_condition(told.story, condition.text))

    def on_states_looked_at(self, message: StatesLookedAt) -> None:
        """Say how far a question is."""
        if self.is_asked("bisect", message.job) or self.is_asked("watch", message.job):
            self.kstory.set_search_status(
                f"looked at {message.count:,} of {message.total:,} states, Esc stops"
            )

    def on_bisected(self, message: Bisected) -> None:
        """Go there, and say how it was found."""
        if not self.is_asked("bisect", message.job):
            return
        self.kstory.set_search_status("")
        asked, found = visible(message.asked, limit=60), message.found
        if found is None:
            self._answer = ""
            self.kstory.say(f"{asked}: it holds after none of the events, all were looked at.")
        elif found.n == 0:
            self._answer = f"{asked} holds before #1"
        else:
            self._answer = f"{asked} first at #{found.n}, by {found.how.value}"
            self.query_one(StoryList).move(found.n)
            self.kstory.say(f"#{found.n}: {asked}, {_HOW[found.how]}.")
        self.draw_title()

    def on_rules_checked(self, message: RulesChecked) -> None:
        """Note which events break a rule."""
        if self.is_asked("rules", message.job):
            self._broken = message.broken
            self.draw_notes()

    def action_broken(self, direction: int) -> None:
        """Go to the next event that breaks a rule, or the one before."""
        here = self.cursor
        found = [n for n in self._broken if (n - here) * direction > 0]
        if found:
            self.query_one(StoryList).move(min(found) if direction > 0 else max(found))
        elif "rules" in self._jobs:
            self.kstory.say("The states are still being looked at.")
        else:
            self.kstory.say("No other event in this direction breaks a rule of the reducer's.")

    # Watch.

    def action_watch(self) -> None:
        """Watch the field at the panel's cursor; the same one again takes it off."""
        told, pointer = self.shown, self.query_one(StatePanel).pointer
        if told is None:
            return
        if not pointer or pointer == self._pointer:
            if not self.stop_watching():
                self.kstory.say("Go to a field of the state first: Tab, then ↑ and ↓.")
            return
        self._pointer = pointer
        self.ask("watch", watch(told.story, pointer))

    def on_watch_found(self, message: WatchFound) -> None:
        """Let only the events that changed it remain."""
        if not self.is_asked("watch", message.job):
            return
        self.kstory.set_search_status("")
        if not message.numbers:
            self._pointer = None
            self.kstory.say(f"No event changed {visible(message.pointer, limit=80)}.")
        else:
            self._watched = message.numbers
        self._show_only()

    def stop_watching(self) -> bool:
        """Show all events again; whether some were not."""
        was = self._pointer is not None
        self._pointer = self._watched = None
        self.drop("watch")
        if was:
            self._show_only()
        return was

    def _show_only(self) -> None:
        if self.shown is not None:
            events = self.shown.story.events
            self.query_one(StoryList).show(events, self.cursor, only=self._watched)
            self.draw_title()

    # What is said of it.

    def chips(self) -> list[tuple[str, str]]:
        """See `StoryReading`."""
        chips = super().chips()
        if self._watched is not None and self.shown is not None:
            count, total = len(self._watched), len(self.shown.story.events)
            chips.append((f"watching {self._pointer}: {count:,} of {total:,}, Esc", CHIP))
        if self._answer:
            chips.append((self._answer, CHIP))
        return chips

    def notes(self) -> dict[int, list[str]]:
        """What is to be said behind events, by their numbers; it is safe to be drawn."""
        notes = {
            n: [f"✗ breaks: {visible(rule, limit=80)}" for rule in rules]
            for n, rules in self._broken.items()
        }
        if self.marked is not None:
            notes.setdefault(self.marked, []).append("◆ marked")
        return notes

    def draw_notes(self) -> None:
        """Draw them, and the title."""
        notes = {n: "  ".join(said) for n, said in self.notes().items()}
        self.query_one(StoryList).note(notes)
        self.draw_title()

    def leave_one(self) -> bool:
        """Undo the last thing that was asked for; whether there was one."""
        if self.drop("bisect"):
            self.kstory.set_search_status("")
            return True
        if self._compare is not Compare.NOT:
            self._compare = Compare.NOT
            self.look()
            return True
        return self.stop_watching()
