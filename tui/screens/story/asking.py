"""The part of the story screen that asks of all states: since when, which rule, what changed it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from readers.record import Position
from replay.states.bisect import How
from tui.render.safe_text import visible
from tui.screens.story.ask_condition import AskCondition, Condition
from tui.screens.story.messages import Bisected, RulesChecked, StatesLookedAt, WatchFound
from tui.screens.story.questions import Told, bisect_condition, bisect_rule, check_rules, watch
from tui.screens.story.travel import StoryTravel
from tui.screens.story.work import FindStream
from tui.widgets.state_panel import StatePanel
from tui.widgets.story_list import StoryList

_HOW = {
    How.FOLD: "found by fold: it holds of no state before",
    How.HALVING: "found by halving: it is the first if what holds once holds from then on",
}
CHIP = "bold reverse"


class StoryAsking(StoryTravel):
    """What was asked of a story is asked anew of the next one that is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("B", "bisect", "Bisect", tooltip="The first event after which something holds"),
        Binding("W", "watch", "Watch", tooltip="Only events that changed the field at its cursor"),
        Binding(
            "n", "wrong(1)", "Next ✗", show=False,
            tooltip="The next event to break a rule, or that was not folded",
        ),
        Binding("N", "wrong(-1)", "✗ before", show=False, tooltip="The one before of these"),
    ]  # fmt: skip

    def __init__(
        self, aggregate: str, find_stream: FindStream, *, at: Position | None = None
    ) -> None:
        super().__init__(aggregate, find_stream, at=at)
        self._pointer: str | None = None
        self._watched: Sequence[int] | None = None
        self._broken: Mapping[int, tuple[str, ...]] = {}
        self._check_failed: Mapping[int, str] = {}
        self._unfolded: Mapping[int, str] = {}
        self._condition = ""
        self._answer = ""

    def show_story(self, told: Told, n: int, done: bool) -> None:
        """Ask anew what was asked of the story before."""
        self._broken, self._check_failed, self._watched, self._answer = {}, {}, None, ""
        self._unfolded = {error.n: error.error for error in told.story.fold.errors}
        self.drop("bisect")
        super().show_story(told, n, done)
        if done:
            self.ask("rules", check_rules(told.story))
            if self._pointer is not None:
                self.ask("watch", watch(told.story, self._pointer))

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
        if found is None and message.failures.is_useless:
            self._answer = ""
            self.kstory.say(f"{asked}: it {message.failures.said('states')}.")
        elif found is None:
            self._answer = ""
            why = (
                "none of the states has what it asks for"
                if message.failures.always_lacks
                else "all were looked at"
            )
            self.kstory.say(f"{asked}: it holds after none of the events, {why}.")
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
            self._broken, self._check_failed = message.broken, message.failed
            self.draw_notes()

    def action_wrong(self, direction: int) -> None:
        """Go to the next event that breaks a rule or was not folded, or the one before."""
        here = self.cursor
        wrong = self._broken.keys() | self._unfolded.keys()
        found = [n for n in wrong if (n - here) * direction > 0]
        if found:
            self.query_one(StoryList).move(min(found) if direction > 0 else max(found))
        elif "rules" in self._jobs:
            self.kstory.say("The states are still being looked at.")
        else:
            self.kstory.say("No other event in this direction breaks a rule, and all are folded.")

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
        """See `StoryTravel`."""
        notes = super().notes()
        for n, rules in self._broken.items():
            said = [f"✗ breaks: {visible(rule, limit=80)}" for rule in rules]
            notes[n] = [*said, *notes.get(n, [])]
        for n, why in self._check_failed.items():
            notes[n] = [f"? check failed: {visible(why, limit=80)}", *notes.get(n, [])]
        for n, why in self._unfolded.items():
            why = visible(why.removeprefix("not folded: "), limit=80)
            notes[n] = [f"✗ not folded: {why}", *notes.get(n, [])]
        return notes

    def leave_one(self) -> bool:
        """See `StoryTravel`."""
        if self.drop("bisect"):
            self.kstory.set_search_status("")
            return True
        return super().leave_one() or self.stop_watching()
