"""The plan of a republish as it is made and shown; its keys are the plan screen's."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Static

from readers.record import Position
from replay.deadletters.republish.plan import LeftOut, Plan, PlannedLetter
from tui.messages import JobEnded, JobFailed
from tui.render.plan_summary import headline, summary_lines
from tui.render.plan_view import (
    RowStyle,
    columns_line,
    detail_text,
    left_out_row,
    left_out_text,
    letter_row,
    row_of,
)
from tui.render.safe_text import visible
from tui.screens.plan.messages import PlanMade, PlanProgressed
from tui.screens.plan.work import Planning, load, make
from tui.session import Job
from tui.widgets.row_list import RowList
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tui.app import KstoryApp

_SIDE_BY_SIDE = 110
READ_ONLY = "read-only: nothing can be sent from here; start kstory with --allow-writes"


class PlanView(Screen[None]):
    """Makes a plan for some letters when it opens, and shows it; nothing is sent."""

    def __init__(self, positions: Sequence[Position], *, plan_id: str | None = None) -> None:
        """Ask for letters, or for a plan that was kept: that one is shown as it is."""
        super().__init__()
        self._kept_id = plan_id
        self._planning = Planning(tuple(positions))
        self._plan: Plan | None = None
        self._out: set[Position] = set()
        self._job: Job | None = None

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    @property
    def plan(self) -> Plan | None:
        """The plan as it was made; None until then."""
        return self._plan

    def compose(self) -> ComposeResult:
        """Title, what holds for all, the letters beside the one at the cursor, the keys."""
        yield Static("", id="title", markup=False)
        with VerticalScroll(id="summary"):
            yield Static("", markup=False)
        with Container(id="plan"):
            with Container(id="letters"):
                yield Static("", id="columns", markup=False)
                yield RowList(id="rows")
            with VerticalScroll(id="detail"):
                yield Static("", markup=False)
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Make the plan."""
        self.query_one(RowList).focus()
        self.action_again()

    def on_resize(self, event: events.Resize) -> None:
        """The letter at the cursor stands beside the list where there is room, else below."""
        self.set_class(event.size.width >= _SIDE_BY_SIDE, "wide")
        self.call_after_refresh(self._draw_columns)

    def _draw_columns(self) -> None:
        if self.is_mounted:
            width = self.query_one(RowList).size.width
            self.query_one("#columns", Static).update(columns_line(width))

    # The plan.

    def action_again(self) -> None:
        """Make the plan anew."""
        self._cancel()
        self._title("making the plan …")
        app = self.kstory
        if self._kept_id is not None:
            self._job = app.session.submit(load(self._kept_id), self)
            return
        work = make(self._planning, app.letter_tools, app.streams_with, app.permit.who)
        self._job = self.kstory.session.submit(work, self)

    def on_plan_progressed(self, message: PlanProgressed) -> None:
        """Show how far it is."""
        if message.job is self._job:
            self.kstory.set_search_status(f"planning: {message.said}")

    def on_plan_made(self, message: PlanMade) -> None:
        """Show it; the cursor stays on its letter."""
        if message.job is not self._job:
            return
        at = self._at_cursor
        self._plan = plan = message.plan
        if self._kept_id is not None:  # made anew it asks for the same letters
            letters = tuple(planned.letter for planned in plan.letters)
            self._kept_id, self._planning = None, replace(self._planning, positions=letters)
        places = {row.letter: number for number, row in enumerate(plan.letters)}
        self._draw(plan, places.get(at.letter, 0) if at is not None else 0)

    def on_job_ended(self, message: JobEnded) -> None:
        """It is made."""
        if message.job is self._job:
            self._job = None
            self.kstory.set_search_status("")

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why there is no plan."""
        if message.job is self._job:
            self._job = None
            self.kstory.set_search_status("")
            self._title("no plan; R tries again")
            said = Text(f"✗ {visible(str(message.error), limit=2_000)}", "bold red")
            self.query_one("#summary > Static", Static).update(said)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.kstory.set_search_status("")

    def on_unmount(self) -> None:
        """Let go of the planning."""
        self._cancel()

    # What is drawn.

    def _title(self, said: str) -> None:
        name = "" if self._plan is None else f" …{self._plan.id[-8:]}"
        text = f"kstory  republish plan{name}  {said}"
        self.query_one("#title", Static).update(visible(text, limit=400))

    @property
    def _sent(self) -> list[PlannedLetter]:
        letters = () if self._plan is None else self._plan.letters
        return [row for row in letters if row.letter not in self._out]

    @property
    def _at_cursor(self) -> PlannedLetter | LeftOut | None:
        at = self.query_one(RowList).cursor
        return None if at is None or self._plan is None else row_of(self._plan, at)

    def _draw(self, plan: Plan, cursor: int) -> None:
        self._draw_summary(plan)
        style = RowStyle.of(plan)

        def draw(number: int, width: int) -> Text:
            row = row_of(plan, number)
            if isinstance(row, LeftOut):
                return left_out_row(row, width)
            return letter_row(row, style, width, left_out=row.letter in self._out)

        count = len(plan.letters) + len(plan.left_out)
        self.query_one(RowList).show(count, draw, cursor=cursor)
        self._draw_detail()

    def _draw_summary(self, plan: Plan) -> None:
        sent = self._sent
        self._title(headline(plan, sent))
        lines = list(summary_lines(plan, sent))
        if not self.kstory.permit.allows_writes:
            lines.append(Text(READ_ONLY, "yellow"))
        self.query_one("#summary > Static", Static).update(Text("\n").join(lines))

    def on_row_list_moved(self) -> None:
        """Show all of the letter there."""
        self._draw_detail()

    def _draw_detail(self) -> None:
        match self._at_cursor:
            case None:
                text = Text("there is no letter to send")
            case LeftOut() as out:
                text = left_out_text(out)
            case planned:
                text = detail_text(planned)
        self.query_one("#detail > Static", Static).update(text)
        self.query_one("#detail").scroll_home(animate=False)

    def zone_changed(self) -> None:
        """There is no time on it."""
