"""The letters of one row of dead letters, a line each, read a page at a time."""

from collections import OrderedDict
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Static

from readers.record import Position
from replay.deadletters.fate import Outcome
from replay.deadletters.letter import DeadLetter
from tui.messages import JobEnded, JobFailed
from tui.render.columns import fit, heading, row
from tui.render.letter_row import columns_for, copies_cell, gone_cells, letter_cells, unread_cells
from tui.render.safe_text import visible
from tui.screens.dead_letters.messages import ListedLetter, PageRead, RowOpened
from tui.screens.dead_letters.work import PAGE, read_page
from tui.session import Job
from tui.widgets.row_list import RowList
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tui.app import KstoryApp

_PAGES_KEPT = 20


class LettersScreen(Screen[None]):
    """Pages are read when they come into sight; the last twenty are kept."""

    ABOUT = (
        "The letters of one kind, key or place, as they lie in their topics. Space chooses some of "
        "them; what is done is done with those that are chosen, else with the one at the cursor. "
        "×3 says that three letters have the same origin: the latest of them is shown."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Letter", tooltip="All of the letter"),
        Binding(
            "space", "choose", "Choose", show=False, tooltip="Choose the letter, or let go of it"
        ),
        Binding(
            "a", "choose_all", "All", show=False, tooltip="Choose all of them, or let go of all"
        ),
        Binding("p", "plan", "Plan …", tooltip="Plan a republish of the chosen letters"),
        Binding("e", "edit", "Edit", tooltip="Edit what is sent instead of the letter"),
        Binding("r", "note('resolved')", "Resolved", tooltip="Note that it was seen to otherwise"),
        Binding("i", "note('ignored')", "Ignore", tooltip="Note that nothing is to be done"),
        Binding("O", "note('open')", "Reopen", show=False, tooltip="Take back such a note"),
        Binding(
            "o", "original", "Original", show=False, tooltip="The letter's original in its topic"
        ),
        Binding("s", "story", "Story", tooltip="The story of its aggregate"),
        Binding("L", "ledger", "Ledger", show=False, tooltip="What was done with dead letters"),
        Binding("escape", "back", "Back", tooltip="Back"),
    ]

    def __init__(self, title: str, found: RowOpened) -> None:
        super().__init__()
        self._said = title
        self._positions = found.positions
        self._copies = found.copies
        self._unlisted = found.unlisted
        self._topics = {position.topic for position in found.positions}
        self._columns = columns_for(self._topics)
        self._pages: OrderedDict[int, tuple[ListedLetter, ...]] = OrderedDict()
        self._missing: set[int] = set()
        self._reading: dict[int, Job] = {}
        self._chosen: set[int] = set()

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    def compose(self) -> ComposeResult:
        """Title, headings, the letters, the status line, the keys."""
        yield Static("", id="title", markup=False)
        yield Static("", id="columns", markup=False)
        yield RowList(id="rows")
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Show the first of them."""
        self._rows.focus()
        self._draw()

    def on_unmount(self) -> None:
        """Let go of all jobs."""
        for job in self._reading.values():
            job.cancel()

    def on_resize(self) -> None:
        """The headings as wide as the rows."""
        self.call_after_refresh(self._draw_columns)

    def zone_changed(self) -> None:
        """Show all times in the app's zone."""
        self._draw()

    def ledger_changed(self) -> None:
        """Fates have changed: read anew what is in sight."""
        self._pages.clear()
        self._draw()

    @property
    def _rows(self) -> RowList:
        return self.query_one("#rows", RowList)

    def _draw(self) -> None:
        self._rows.show(len(self._positions), self._line)
        self._draw_title()
        self._draw_columns()

    def _draw_title(self) -> None:
        chosen = f" · {len(self._chosen):,} chosen" if self._chosen else ""
        more = f" · {self._unlisted:,} more are counted, and not listed" if self._unlisted else ""
        text = f"kstory  {len(self._positions):,} dead letters  {self._said}{more}{chosen}"
        self.query_one("#title", Static).update(visible(text, limit=400))

    def _draw_columns(self) -> None:
        if self.is_mounted:
            fitted = fit(self._columns, max(20, self._rows.size.width - 1))
            self.query_one("#columns", Static).update(Text(" ").append_text(heading(fitted)))

    def _line(self, index: int, width: int) -> Text:
        """A letter's line; one that was not read yet is asked for."""
        listed = self._listed(index)
        fitted = fit(self._columns, width)
        named, is_chosen = len(self._topics) > 1, index in self._chosen
        if listed is None:
            if not self._missing:
                self.call_later(self._read_missing)
            self._missing.add(index // PAGE)
            at = self._positions[index]
            return row(unread_cells(at, named=named, is_chosen=is_chosen), fitted)
        if listed.letter is None:
            at = listed.position
            return row(gone_cells(at, named=named, is_chosen=is_chosen), fitted)
        zone, now_ms = self.kstory.zone, self.kstory.now_ms()
        cells = letter_cells(
            listed.letter, listed.fate, zone, now_ms, named=named, is_chosen=is_chosen
        )
        times = self._copies.get(listed.position, 1)
        return row(cells | copies_cell(times), fitted)

    def _listed(self, index: int) -> ListedLetter | None:
        page = self._pages.get(index // PAGE)
        return None if page is None else page[index % PAGE]

    def _read_missing(self) -> None:
        missing, self._missing = self._missing, set()
        for page in missing - self._reading.keys():
            work = read_page(self._positions, page, self.kstory.letter_tools)
            self._reading[page] = self.kstory.session.submit(work, self)

    def on_page_read(self, message: PageRead) -> None:
        """Show the page."""
        self._pages[message.page] = message.letters
        while len(self._pages) > _PAGES_KEPT:
            self._pages.popitem(last=False)
        self._rows.refresh()

    def on_job_ended(self, message: JobEnded) -> None:
        """It may be asked for again."""
        self._reading = {p: job for p, job in self._reading.items() if job is not message.job}

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why they cannot be read."""
        self.kstory.say(str(message.error))

    # Keys.

    @property
    def _at(self) -> int | None:
        return self._rows.cursor

    @property
    def _wanted(self) -> tuple[Position, ...]:
        """The letters that are chosen, else the one at the cursor."""
        at = self._at
        indexes = sorted(self._chosen) or ([] if at is None else [at])
        return tuple(self._positions[index] for index in indexes)

    def action_open(self) -> None:
        """Open the letter at the cursor; its neighbours are those of the list."""
        if self._at is not None:
            self.kstory.open_letter(self._positions[self._at], self._positions, self._at)

    def action_choose(self) -> None:
        """Choose the letter at the cursor, or let go of it."""
        if self._at is not None:
            self._chosen ^= {self._at}
            self._rows.action_step(1)
            self._draw_title()

    def action_choose_all(self) -> None:
        """Choose all, or let go of all."""
        everything = set(range(len(self._positions)))
        self._chosen = set() if self._chosen == everything else everything
        self._rows.refresh()
        self._draw_title()

    def action_plan(self) -> None:
        """Plan a republish of the letters that are chosen; nothing is sent."""
        self.kstory.open_plan(self._wanted)

    def action_edit(self) -> None:
        """Edit what is sent instead of the letter at the cursor."""
        if self._at is not None:
            self.kstory.mend(self._positions[self._at])

    def action_note(self, outcome: str) -> None:
        """Note an outcome of the letters that are chosen."""
        self.kstory.note_fate(self._wanted, Outcome(outcome))

    def action_ledger(self) -> None:
        """Show the ledger."""
        self.kstory.open_ledger()

    @property
    def _letter(self) -> DeadLetter | None:
        listed = None if self._at is None else self._listed(self._at)
        return None if listed is None else listed.letter

    def action_original(self) -> None:
        """Open the topic of the letter's original, at it."""
        if self._letter is not None:
            self.kstory.open_original(self._letter)

    def action_story(self) -> None:
        """Open the story of its aggregate."""
        if self._letter is not None:
            self.kstory.open_story_of_letter(self._letter)

    def action_back(self) -> None:
        """Back to the rows."""
        self.app.pop_screen()
