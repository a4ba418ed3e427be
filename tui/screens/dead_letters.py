"""Dead letters: how many different failures there are, and one of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, Input, Static

from readers.errors import UsageError
from readers.record import Position
from replay.deadletters.fate import Outcome
from replay.deadletters.groups.group import Group
from replay.deadletters.letter import DeadLetter
from tui.messages import JobEnded, JobFailed
from tui.render.columns import Column, Fitted, column_at, fit, heading, row
from tui.render.group_row import COLUMNS, COUNT, SORTS, group_cells, kind_text, moment
from tui.render.row_order import order_of
from tui.render.safe_text import visible
from tui.render.sample_text import aggregate_text, sample_text, why_lines
from tui.render.stack_text import read_stack, stack_lines
from tui.render.tail_filter import parse_filter
from tui.render.tally_row import KEY, KEY_COLUMNS, PLACE, PLACE_COLUMNS, tally_cells
from tui.screens.dead_letters_messages import Counted, LettersArrived, LettersCounted, RowOpened
from tui.screens.dead_letters_work import LetterCount, Wanted, count_arrived, open_rows, parse_span
from tui.screens.letter_messages import AggregateTold, LetterRead
from tui.screens.letter_work import look_at
from tui.session import Job
from tui.widgets.row_list import RowList
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tui.app import KstoryApp

_ARRIVED_EVERY_S = 3.0
_SAMPLE_AFTER_S = 0.12
"""While the cursor runs over the rows no sample is read."""
_TALL, _STACK_LINES = 32, 12
"""From this height on the sample has its stack with it."""
_QUESTIONS = {
    "filter": 'filter: p=3,7 key=order-4711 value.amount > 100 && headers.shop == "web"',
    "time": "from .. until: 12:00..12:30, 2h ago.., ..2026-11-23T14:05:00Z; empty for all",
}


@dataclass(frozen=True, slots=True)
class View:
    """One way to count the letters: what it is called, and its columns."""

    name: str
    said: str
    columns: tuple[Column, ...]


_VIEWS = (
    View("kind", "kinds", COLUMNS),
    View(KEY, "keys", KEY_COLUMNS),
    View(PLACE, "topics and groups", PLACE_COLUMNS),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known so far of the letter shown under the rows."""

    read: LetterRead | None = None
    told: AggregateTold | None = None


class DeadLettersScreen(Screen[None]):
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
        Binding("v", "view", "View", tooltip="By kind, by key, by topic and consumer group"),
        Binding("space", "choose", "Choose", tooltip="Choose the row, or let go of it"),
        Binding("p", "plan", "Plan …", tooltip="Plan a republish of the chosen rows' letters"),
        Binding("e", "edit", "Edit", tooltip="Edit what is sent instead of the sample"),
        Binding("r", "note('resolved')", "Resolved", tooltip="Note that they were seen to"),
        Binding("i", "note('ignored')", "Ignore", tooltip="Note that nothing is to be done"),
        Binding("o", "origin", "Origin", tooltip="The sample's original in its topic"),
        Binding("s", "story", "Story", tooltip="The story of the sample's aggregate"),
        Binding("L", "ledger", "Ledger", tooltip="What was done with dead letters"),
        Binding("S", "sort", "Sort", tooltip="Sort by the next column"),
        Binding("slash", "ask('filter')", "Filter", tooltip="By partition, key, condition"),
        Binding("t", "ask('time')", "Time", tooltip="Only letters of a range of time"),
        Binding("R", "again", "Again", tooltip="Count again, with what came since"),
        Binding("escape", "back", "Back", tooltip="Close the line, stop the pass, then back"),
    ]

    def __init__(self, topics: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._topics = topics
        self._wanted = Wanted(topics)
        self._count: LetterCount | None = None
        self._job: Job | None = None
        self._counted = Counted()
        self._arrived = 0
        self._stopped = False
        self._arrival: Job | None = None
        self._opening: Job | None = None
        self._do: Callable[[RowOpened], None] = lambda found: None
        self._view = 0
        self._sort = COUNT
        self._ids: list[str] = []
        self._at: str | None = None
        self._held = False
        self._chosen: set[str] = set()
        self._look: Job | None = None
        self._look_timer: Timer | None = None
        self._sample = Sample()
        self._sample_of: tuple[str, Position] | None = None
        self._asked = ""

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

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

    def on_unmount(self) -> None:
        """Let go of all jobs."""
        for job in (self._job, self._look, self._arrival, self._opening):
            if job is not None:
                job.cancel()

    def on_resize(self) -> None:
        """The headings as wide as the rows, the sample with as much as there is room for."""
        self.call_after_refresh(self._draw_resized)

    def _draw_resized(self) -> None:
        self._draw_columns()
        if self.is_mounted and self._sample.read is not None:
            self._draw_sample()

    def zone_changed(self) -> None:
        """Show all times in the app's zone."""
        self._draw()

    def ledger_changed(self) -> None:
        """Fates are counted with the letters."""
        self.action_again()

    @property
    def _rows(self) -> RowList:
        return self.query_one("#rows", RowList)

    # The pass.

    def action_again(self) -> None:
        """Count from the start; what is shown stays until there is something new."""
        if self._job is not None:
            self._job.cancel()
        self._count = LetterCount(self.kstory.letter_tools, self._wanted)
        self._job = self.kstory.session.submit(self._count.work, self)
        self._arrived, self._stopped = 0, False
        self._draw_title()

    def on_letters_counted(self, message: LettersCounted) -> None:
        """Show the rows; the cursor stays on its own."""
        if message.job is not self._job:
            return
        self._counted = counted = message.counted
        if not message.done:
            self.kstory.set_search_status(
                f"searched {counted.searched:,} of {counted.total:,}, Esc stops"
            )
        self._draw()

    def on_job_ended(self, message: JobEnded) -> None:
        """All was counted, or one of the smaller jobs is done."""
        if message.job is self._job:
            self._job = None
            self.kstory.set_search_status("")
            self._draw_title()
            if not self._counted.groups:
                self._draw_nothing()
        elif message.job is self._arrival:
            self._arrival = None

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why it could not be counted."""
        if message.job is self._job:
            self._job = None
            self.kstory.set_search_status("")
            self._title(f"kstory  dead letters  ✗ {message.error}")
        elif message.job is self._arrival:
            self._arrival = None
        elif message.job is self._opening:
            self.kstory.say(str(message.error))

    def _count_arrived(self) -> None:
        if self.app.screen is self and self._job is None and self._arrival is None and self._count:
            self._arrival = self.kstory.session.submit(count_arrived(self._count), self)

    def on_letters_arrived(self, message: LettersArrived) -> None:
        """Say how many letters came since; nothing else changes under the one who looks."""
        if message.job is self._arrival and message.count != self._arrived:
            self._arrived = message.count
            self._draw_title()

    # Drawing.

    def _title(self, text: str) -> None:
        self.query_one("#title", Static).update(visible(text, limit=400))

    def _draw_title(self) -> None:
        counted = self._counted
        parts = [topics_text(counted.topics), f"{counted.letters:,} letters"]
        if counted.origins != counted.letters:
            parts.append(f"{counted.origins:,} origins")
        parts.append(f"{len(counted.groups):,} kinds")
        if counted.first_ms is not None:
            parts.append(
                f"since {moment(counted.first_ms, self.kstory.zone, self.kstory.now_ms())}"
            )
        if self._stopped:
            parts.append(f"stopped: searched {counted.searched:,} of {counted.total:,}")
        if self._arrived:
            parts.append(f"{self._arrived:,} new: R counts them")
        if self._wanted.text:
            parts.append(f"only {self._wanted.text}")
        if self._chosen:
            parts.append(f"{len(self._chosen)} chosen")
        parts.extend(counted.notices)
        self._title(f"kstory  dead letters  {' · '.join(filter(None, parts))}")

    @property
    def _fitted(self) -> Fitted:
        return fit(_VIEWS[self._view].columns, max(20, self._rows.size.width - 1))

    def _draw_columns(self) -> None:
        if self.is_mounted:
            by = self._sort if self._view == 0 else COUNT
            self.query_one("#columns", Static).update(
                Text(" ").append_text(heading(self._fitted, by))
            )

    def _draw(self) -> None:
        sorted_ids, cells = self._drawn()
        self._ids = order_of(self._ids, sorted_ids, held=self._held)
        at = self._at if self._held and self._at in self._ids else None
        cursor = self._ids.index(at) if at is not None else 0
        ids = self._ids

        def draw(index: int, width: int) -> Text:
            return row(cells[ids[index]], fit(_VIEWS[self._view].columns, width))

        self._rows.show(len(ids), draw, cursor=cursor)
        self._draw_title()
        self._draw_columns()

    def _drawn(self) -> tuple[list[str], Mapping[str, Mapping[str, Text]]]:
        """The rows' ids, sorted, and their cells."""
        zone, now_ms, chosen = self.kstory.zone, self.kstory.now_ms(), self._chosen
        if self._view == 0:
            groups = sorted(self._counted.groups, key=SORTS[self._sort])
            return [g.fingerprint.id for g in groups], {
                g.fingerprint.id: group_cells(g, zone, now_ms, is_chosen=g.fingerprint.id in chosen)
                for g in groups
            }
        name = _VIEWS[self._view].name
        tallied = self._counted.keys if name == KEY else self._counted.places
        return [t.name for t in tallied], {
            t.name: tally_cells(t, name, zone, now_ms, is_chosen=t.name in chosen) for t in tallied
        }

    def _draw_nothing(self) -> None:
        counted = self._counted
        where = topics_text(counted.topics)
        said = (
            f"No letter in {where}" if where else "No topic of this source holds dead letters"
        ) + (f" that fits: {self._wanted.text}" if self._wanted.text else "")
        self._sample_pane.border_title = Content(" nothing here ")
        self._sample_pane.update(Text(f" {visible(said, limit=400)}.", "dim"))

    # The sample.

    @property
    def _sample_pane(self) -> Static:
        return self.query_one("#sample", Static)

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        """Read the sample of the row, once the cursor rests there."""
        at = self._ids[message.row] if message.row < len(self._ids) else None
        if at is None:
            return
        if self._at is not None and at != self._at:
            self._held = True
        self._at = at
        sample = self._sample_position
        if sample is None or (self._sample_of is not None and self._sample_of[0] == at):
            return
        self._sample_of = (at, sample)
        if self._look_timer is not None:
            self._look_timer.stop()
        self._look_timer = self.set_timer(_SAMPLE_AFTER_S, self._look_at_sample)

    def _look_at_sample(self) -> None:
        if self._sample_of is None:
            return
        if self._look is not None:
            self._look.cancel()
        work = look_at(self._sample_of[1], self.kstory.letter_tools, with_original=False)
        self._look = self.kstory.session.submit(work, self)

    @property
    def _group(self) -> Group | None:
        if self._view != 0:
            return None
        return next((g for g in self._counted.groups if g.fingerprint.id == self._at), None)

    @property
    def _sample_position(self) -> Position | None:
        if self._view == 0:
            return None if self._group is None else self._group.sample
        tallied = self._counted.keys if _VIEWS[self._view].name == KEY else self._counted.places
        return next((t.sample for t in tallied if t.name == self._at), None)

    def on_letter_read(self, message: LetterRead) -> None:
        """Show the sample."""
        if message.job is self._look:
            self._sample = Sample(message)
            self._draw_sample()

    def on_aggregate_told(self, message: AggregateTold) -> None:
        """Show what became of its aggregate."""
        if message.job is self._look:
            self._sample = replace(self._sample, told=message)
            self._draw_sample()

    def _draw_sample(self) -> None:
        read, told, pane = self._sample.read, self._sample.told, self._sample_pane
        group, is_tall = self._group, self.size.height >= _TALL
        pane.border_title = Content(" the newest letter of the row ")
        if read is None or read.letter is None:
            pane.update(Text(" The sample is not there any more; R counts again.", "yellow"))
            return
        tools, letter = self.kstory.letter_tools, read.letter
        stack = read_stack(letter.last.failure.stack, self.kstory.letter_tools.rules.is_ours)
        of = group.count if group is not None else 1
        text = sample_text(letter, tools.event(letter), stack, read.fate, self.kstory.zone, of=of)
        found = None if told is None else told.aftermath
        last = aggregate_text(found, "" if told is None else told.why_not, "searching …")
        lines = [text, last]
        if group is not None:
            lines += why_lines(group.fingerprint, in_full=is_tall)
        if is_tall:
            lines += [Text(), *stack_lines(stack, self.size.width, folded=True)[:_STACK_LINES]]
        pane.update(Text("\n").join(lines))

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
        self._sort, self._held = name, False
        at = self._at
        self._draw()
        if at in self._ids:
            self._rows.move(self._ids.index(at))

    def action_view(self) -> None:
        """Count by kind, by key, by where they failed."""
        self._view = (self._view + 1) % len(_VIEWS)
        self._ids, self._at, self._held, self._sample_of = [], None, False, None
        self._chosen.clear()
        self._draw()

    def action_choose(self) -> None:
        """Choose the row, or let go of it."""
        if self._at is not None:
            self._chosen ^= {self._at}
            self._held = True
            self._draw()
            self._rows.action_step(1)

    def _with_letters(self, names: Sequence[str], do: Callable[[RowOpened], None]) -> None:
        """Find where the letters of these rows lie, and do something with them."""
        if names and self._count is not None:
            work = open_rows(self._count, _VIEWS[self._view].name, names)
            self._opening = self.kstory.session.submit(work, self)
            self._do = do

    def on_row_opened(self, message: RowOpened) -> None:
        """Do what was to be done with them."""
        if message.job is self._opening:
            self._opening = None
            self._do(message)

    @property
    def _wanted_rows(self) -> Sequence[str]:
        """The rows that are chosen, else the one at the cursor."""
        return sorted(self._chosen) or ([self._at] if self._at is not None else [])

    def action_open(self) -> None:
        """Open the letters of the row at the cursor."""
        group = self._group
        title = self._at or "" if group is None else kind_text(group.fingerprint).plain

        def show(found: RowOpened) -> None:
            self.kstory.open_letters(title, found.positions, found.unlisted)

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
        if self._sample_letter is not None:
            self.kstory.mend(self._sample_letter.position)

    def action_ledger(self) -> None:
        """Show the ledger."""
        self.kstory.open_ledger()

    def action_origin(self) -> None:
        """Open the topic of the sample's original, at it."""
        if self._sample_letter is not None:
            self.kstory.open_original(self._sample_letter)

    @property
    def _sample_letter(self) -> DeadLetter | None:
        return None if self._sample.read is None else self._sample.read.letter

    def action_story(self) -> None:
        """Open the story of the sample's aggregate."""
        if self._sample_letter is not None:
            self.kstory.open_story_of_letter(self._sample_letter)

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
        self._ids, self._held = [], False
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


def topics_text(topics: Sequence[str]) -> str:
    """`payment-events-dlt and 2 more`."""
    if not topics:
        return ""
    return topics[0] if len(topics) == 1 else f"{topics[0]} and {len(topics) - 1} more"
