"""The ledger: what was done with dead letters, by whom, when and why."""

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from replay.deadletters.ledger_entry import Entry
from tui.messages import JobFailed
from tui.render.columns import fit, heading, row
from tui.render.ledger_row import COLUMNS, entry_cells, entry_lines, searched_text
from tui.render.numbers import counted
from tui.render.safe_text import visible
from tui.screens.ledger.work import EntriesRead, read_ledger
from tui.session import Job
from tui.widgets.row_list import RowList
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tui.app import KstoryApp


class LedgerScreen(Screen[None]):
    """The newest entries first; they are read when the screen opens, and when R is pressed."""

    ABOUT = (
        "What was done with this cluster's dead letters, the newest first: when, who, what, which "
        "letter went where, by which plan, and why. ↻ sent back, ↩ came back, ✓ resolved, "
        "– ignored. The ledger is a file on this machine; nothing is ever removed from it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "letter", "Letter", tooltip="Open the letter of the entry"),
        Binding("slash", "filter", "Filter", tooltip="Show entries that hold a text"),
        Binding("t", "target", "Target", tooltip="The record that was sent, in its topic"),
        Binding("p", "plan", "Plan", tooltip="The plan that sent it, to go on with the rest"),
        Binding("R", "again", "Again", tooltip="Read the ledger again"),
        Binding("escape", "back", "Back", tooltip="Take the filter away, then back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._reading: Job | None = None
        self._entries: tuple[Entry, ...] = ()
        self._searched: tuple[str, ...] = ()
        self._shown: list[Entry] = []
        self._total = 0

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    def compose(self) -> ComposeResult:
        """Title, column names, entries, the one at the cursor in full, the filter, the keys."""
        yield Static("kstory  ledger", id="title", markup=False)
        yield Static("", id="columns", markup=False)
        yield RowList(id="rows")
        yield Static("", id="detail", markup=False)
        yield Input(placeholder="a text", id="line", classes="hidden", compact=True)
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Read it."""
        self.query_one(RowList).focus()
        self.action_again()

    def action_again(self) -> None:
        """Read it from the start."""
        if self._reading is not None:
            self._reading.cancel()
        work = read_ledger(self.kstory.permit.open_ledger)
        self._reading = self.kstory.session.submit(work, self)

    def ledger_changed(self) -> None:
        """Something was written into it."""
        self.action_again()

    def on_entries_read(self, message: EntriesRead) -> None:
        """Show them."""
        self._entries, self._total = message.entries, message.total
        self._searched = tuple(searched_text(entry) for entry in message.entries)
        self._draw()

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why there is nothing to be seen."""
        self._title("✗ cannot be read; R tries again")
        said = Text(f"✗ {visible(str(message.error), limit=600)}", "bold red")
        self.query_one("#detail", Static).update(said)

    def on_unmount(self) -> None:
        """Let go of the reading."""
        if self._reading is not None:
            self._reading.cancel()

    def zone_changed(self) -> None:
        """Show all times in the app's zone."""
        self._draw()

    def on_resize(self) -> None:
        """Give the columns their widths."""
        self.call_after_refresh(self._draw_columns)

    def _draw_columns(self) -> None:
        if self.is_mounted:
            width = self.query_one(RowList).size.width
            names = Text("  ") + heading(fit(COLUMNS, max(1, width - 2)))
            self.query_one("#columns", Static).update(names)

    def _title(self, said: str) -> None:
        self.query_one("#title", Static).update(visible(f"kstory  ledger  {said}", limit=300))

    def _draw(self) -> None:
        words = self.query_one("#line", Input).value.lower().split()
        found = zip(self._entries, self._searched, strict=True)
        self._shown = [entry for entry, text in found if all(word in text for word in words)]
        shown, zone, now_ms = self._shown, self.kstory.zone, self.kstory.now_ms()

        def draw(number: int, width: int) -> Text:
            cells = entry_cells(shown[number], zone, now_ms)
            return Text(" ") + row(cells, fit(COLUMNS, max(1, width - 1)))

        self.query_one(RowList).show(len(shown), draw)
        self._draw_detail()
        self._title(self._said())

    def _said(self) -> str:
        if not self._total:
            return "nothing was done with a dead letter here yet"
        total = counted(self._total, "entry", "entries")
        of = "" if len(self._shown) == self._total else f"{len(self._shown):,} of "
        return f"{of}{total}"

    @property
    def _at_cursor(self) -> Entry | None:
        at = self.query_one(RowList).cursor
        return None if at is None else self._shown[at]

    def on_row_list_moved(self) -> None:
        """Show the entry in full."""
        self._draw_detail()

    def _draw_detail(self) -> None:
        entry = self._at_cursor
        lines = [] if entry is None else entry_lines(entry, self.kstory.zone)
        self.query_one("#detail", Static).update(Text("\n".join(lines)))

    def action_letter(self) -> None:
        """Open the letter of the entry."""
        if self._at_cursor is not None:
            self.kstory.open_letter(self._at_cursor.letter)

    def action_target(self) -> None:
        """Open what was sent, in its topic."""
        entry = self._at_cursor
        if entry is None or entry.target is None:
            self.notify("Nothing was sent by this entry.")
        else:
            self.kstory.open_tail((entry.target.topic,), start=entry.target)

    def action_plan(self) -> None:
        """Open the plan of the entry."""
        entry = self._at_cursor
        if entry is None or entry.plan_id is None:
            self.notify("No plan belongs to this entry.")
        else:
            self.kstory.open_kept_plan(entry.plan_id)

    def action_filter(self) -> None:
        """Type a text."""
        line = self.query_one("#line", Input)
        line.remove_class("hidden")
        line.focus()

    def on_input_changed(self) -> None:
        """Filter while it is typed."""
        self._draw()

    def on_input_submitted(self) -> None:
        """Back to the entries, filtered."""
        self.query_one(RowList).focus()

    def action_back(self) -> None:
        """Take the filter away; without one, leave."""
        line = self.query_one("#line", Input)
        if line.has_class("hidden"):
            self.app.pop_screen()
            return
        line.value = ""
        line.add_class("hidden")
        self.query_one(RowList).focus()
