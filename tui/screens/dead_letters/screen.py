"""Dead letters: how many different failures there are, and one of each."""

from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Footer, Input, Static

from readers.errors import UsageError
from replay.deadletters.fate import Outcome
from tui.render.columns import column_at
from tui.render.group_row import SORTS, kind_text
from tui.render.tail_filter import parse_filter
from tui.screens.dead_letters.messages import RowOpened
from tui.screens.dead_letters.reading import VIEWS
from tui.screens.dead_letters.view import DeadLettersView
from tui.screens.dead_letters.work import Wanted, parse_span
from tui.widgets.row_list import RowList
from tui.widgets.status_line import StatusLine

_ARRIVED_EVERY_S = 3.0
_QUESTIONS = {
    "filter": 'filter: p=3,7 key=order-4711 value.amount > 100 && headers.shop == "web"',
    "time": "from .. until: 12:00..12:30, 2h ago.., ..2026-11-23T14:05:00Z; empty for all",
}


class DeadLettersScreen(DeadLettersView):
    """Counts all dead letters when it opens, in one pass that shows what it has as it goes."""

    ABOUT = (
        "All dead letters of the source, counted in one pass: by kind of failure (the cause's "
        "class, the first stack frame of the application, and the message with its variable parts "
        "masked), by key, or by where they failed. Below is the newest letter of the row at the "
        "cursor, and what became of its aggregate since. Letters with one origin count once. Rows "
        "that come in while you look go below the others; S sorts anew. A filter or a time range "
        "holds for the letters themselves, and counts them again."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Letters", tooltip="The letters of the row"),
        Binding(
            "v", "view", "View", show=False, tooltip="By kind, by key, by topic and consumer group"
        ),
        Binding("space", "choose", "Choose", show=False, tooltip="Choose the row, or let go of it"),
        Binding("p", "plan", "Plan …", tooltip="Plan a republish of the chosen rows' letters"),
        Binding("e", "edit", "Edit", tooltip="Edit what is sent instead of the sample"),
        Binding("r", "note('resolved')", "Resolved", tooltip="Note that they were seen to"),
        Binding("i", "note('ignored')", "Ignore", tooltip="Note that nothing is to be done"),
        Binding("O", "note('open')", "Reopen", show=False, tooltip="Take back such a note"),
        Binding("o", "origin", "Origin", show=False, tooltip="The sample's original in its topic"),
        Binding("s", "story", "Story", tooltip="The story of the sample's aggregate"),
        Binding("L", "ledger", "Ledger", tooltip="What was done with dead letters"),
        Binding("S", "sort", "Sort", show=False, tooltip="Sort by the next column"),
        Binding("slash", "ask('filter')", "Filter", tooltip="By partition, key, condition"),
        Binding("t", "ask('time')", "Time", show=False, tooltip="Only letters of a range of time"),
        Binding("R", "again", "Again", show=False, tooltip="Count again, with what came since"),
        Binding("escape", "back", "Back", tooltip="Close the line, stop the pass, then back"),
    ]

    def compose(self) -> ComposeResult:
        """Title, headings, rows, the sample, the line to type in, the status line, the keys."""
        yield Static("", id="title", markup=False)
        yield Static("", id="columns", markup=False)
        yield RowList(id="rows")
        yield Static("", id="sample", markup=False)
        yield Input(id="line", classes="hidden", compact=True)
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Begin to count."""
        self._rows.focus()
        self.set_interval(_ARRIVED_EVERY_S, self._count_arrived)
        self.action_again()

    def ledger_changed(self) -> None:
        """Fates are counted with the letters."""
        self.action_again()

    # Keys.

    def on_click(self, event: events.Click) -> None:
        """A click on a heading sorts by that column."""
        if event.widget is self.query_one("#columns"):
            name = column_at(self._fitted, event.x - 1)
            if name is not None and name in SORTS:
                self._sort_by(name)

    def action_sort(self) -> None:
        """Sort by the next column; rows that came in below go where they belong."""
        names = list(SORTS)
        is_sorted = self._ids == self._drawn()[0]
        self._sort_by(names[(names.index(self._sort) + is_sorted) % len(names)])

    def _sort_by(self, name: str) -> None:
        self._sort, self._held, self._touched = name, False, True
        self._placed = self._rows.cursor
        self._draw()

    def action_view(self) -> None:
        """Count by kind, by key, by where they failed."""
        self._view = (self._view + 1) % len(VIEWS)
        self._let_go()
        self._sample_of = None
        self._chosen.clear()
        self._draw()

    def _let_go(self) -> None:
        """The rows are others: the cursor is on the first, and nothing is held."""
        self._ids, self._placed, self._held, self._touched = [], self._rows.cursor, False, False

    def action_choose(self) -> None:
        """Choose the row, or let go of it."""
        if self._at is not None:
            self._chosen ^= {self._at}
            self._held = True
            self._draw()
            self._rows.action_step(1)

    def action_open(self) -> None:
        """Open the letters of the row at the cursor."""
        group = self._group
        title = self._at or "" if group is None else kind_text(group.fingerprint).plain

        def show(found: RowOpened) -> None:
            self.kstory.open_letters(title, found)

        self._with_letters([self._at] if self._at is not None else [], show)

    def action_plan(self) -> None:
        """Plan a republish of the letters of the rows; nothing is sent."""
        self._with_letters(self._wanted_rows, lambda found: self.kstory.open_plan(found.positions))

    def action_note(self, outcome: str) -> None:
        """Note an outcome of the letters of the rows."""

        def note(found: RowOpened) -> None:
            self.kstory.note_fate(found.positions, Outcome(outcome))

        self._with_letters(self._wanted_rows, note)

    def action_edit(self) -> None:
        """Edit the sample."""
        if self._sample_position is not None:
            self.kstory.mend(self._sample_position)

    def action_ledger(self) -> None:
        """Show the ledger."""
        self.kstory.open_ledger()

    def action_origin(self) -> None:
        """Open the topic of the sample's original, at it."""
        if (letter := self._sample_letter) is not None:
            self.kstory.open_original(letter)

    def action_story(self) -> None:
        """Open the story of the sample's aggregate."""
        if (letter := self._sample_letter) is not None:
            self.kstory.open_story_of_letter(letter)

    # The line to type in.

    @property
    def _line(self) -> Input:
        return self.query_one("#line", Input)

    def action_ask(self, what: str) -> None:
        """Open the line to type a filter or a range of time."""
        self._asked = what
        line = self._line
        line.placeholder = _QUESTIONS[what]
        line.value = self._wanted.filter.text if what == "filter" else self._wanted.span_text
        line.remove_class("hidden")
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Count those letters only; what cannot be read stays in the line, with the reason."""
        try:
            self._wanted = self._answered(event.value.strip())
        except UsageError as error:
            self.kstory.say(str(error))
            return
        self._close_line()
        self._let_go()
        self.action_again()

    def _answered(self, typed: str) -> Wanted:
        if self._asked == "filter":
            return replace(self._wanted, filter=parse_filter(typed))
        bounds = parse_span(typed, now_ms=self.kstory.now_ms(), zone=self.kstory.zone)
        return replace(self._wanted, bounds=bounds, span_text=typed)

    def _close_line(self) -> None:
        self._line.add_class("hidden")
        self._rows.focus()

    def action_back(self) -> None:
        """Close the line; stop the pass, keeping what it counted; go back."""
        if not self._line.has_class("hidden"):
            self._close_line()
        elif self._job is not None:
            self._job.cancel()
            self._job, self._stopped = None, True
            self.kstory.set_search_status("")
            self._draw_title()
        else:
            self.app.pop_screen()
