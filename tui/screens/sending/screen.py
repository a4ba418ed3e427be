"""Sending a plan: how far it is, with the pace in one's hands, and what came of it."""

import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Static

from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.sending.apply_step import ApplyState, ApplyStep, WorldChanged
from replay.deadletters.republish.sending.pace import Pace
from tui.messages import JobEnded, JobFailed
from tui.render.numbers import counted
from tui.render.plan_summary import next_rate, targets_text
from tui.render.safe_text import visible
from tui.render.sending_text import SendingNow, sending_lines
from tui.screens.sending.work import SendingStepped, send
from tui.session import Job
from tui.widgets.confirm import Confirm
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tui.app import KstoryApp

_MEASURED_S = 5.0


class SendingScreen(Screen[bool]):
    """Begins to send when it opens; gives whether the plan is to be made anew."""

    ABOUT = (
        "The plan is being sent: + and - change how fast, space pauses, Esc stops after asking. "
        "What was sent stays sent and is in the ledger; going on sends only the rest, even after "
        "a crash. As a canary a few are sent first; then it looks whether they come back to a "
        "dead-letter topic, and stops if they do."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", tooltip="Pause, or go on"),
        Binding("plus,equals_sign", "rate(1)", "Rate", key_display="+/-", tooltip="Send faster"),
        Binding("minus", "rate(-1)", "Slower", show=False, tooltip="Send slower"),
        Binding("g", "go_on", "Go on", tooltip="Send the rest, where it was stopped"),
        Binding("R", "anew", "New plan", tooltip="Make the plan anew"),
        Binding("L", "ledger", "Ledger", tooltip="What was done, letter by letter"),
        Binding("escape", "back", "Stop/back", tooltip="Stop sending; when it has ended, leave"),
    ]

    def __init__(self, plan: Plan, reason: str, *, force: bool = False) -> None:
        super().__init__()
        self._plan = plan
        self._reason = reason
        self._force = force
        self._pace = Pace(plan.rate)
        self._job: Job | None = None
        self._step = ApplyStep(0, len(plan.letters), 0, ApplyState.CHECKING, "")
        self._problem: str | None = None
        self._needs_new_plan = False
        self._began_s = time.monotonic()
        self._ended_s: float | None = None
        self._counts: deque[tuple[float, int]] = deque()

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    @property
    def is_sending(self) -> bool:
        """Whether something may still be sent."""
        return self._job is not None

    def compose(self) -> ComposeResult:
        """Title, how far it is, the status line and the keys."""
        yield Static("", id="title", markup=False)
        with VerticalScroll(id="sending"):
            yield Static("", markup=False)
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Begin."""
        where = f"{counted(len(self._plan.letters), 'letter')} → {targets_text(self._plan.letters)}"
        title = f"kstory  sending plan …{self._plan.id[-8:]}  {where}"
        self.query_one("#title", Static).update(visible(title, limit=400))
        self.set_interval(0.5, self._draw)
        self.action_go_on()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing at this moment are not shown."""
        if action in ("pause", "rate"):
            return self.is_sending
        if action == "go_on":
            is_done = self._step.state is ApplyState.DONE
            return not (self.is_sending or is_done or self._needs_new_plan)
        return not self.is_sending if action == "anew" else True

    def action_go_on(self) -> None:
        """Send what was not sent yet."""
        self._problem, self._ended_s, self._pace.paused = None, None, False
        self._counts.clear()
        work = send(
            self._plan,
            self._pace,
            self.kstory.permit,
            self.kstory.letter_tools.dialects,
            reason=self._reason,
            force=self._force,
        )
        self._job = self.kstory.sending.submit(work, self)
        self.refresh_bindings()
        self._draw()

    def on_sending_stepped(self, message: SendingStepped) -> None:
        """Show how far it is."""
        if message.job is not self._job:
            return
        self._step = message.step
        now_s = time.monotonic()
        self._counts.append((now_s, message.step.sent))
        while now_s - self._counts[0][0] > _MEASURED_S:
            self._counts.popleft()
        self._draw()

    def on_job_ended(self, message: JobEnded) -> None:
        """Say what came of it."""
        if message.job is self._job:
            self._end(None)

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why it stopped; a changed world needs a new plan."""
        if message.job is self._job:
            self._needs_new_plan = isinstance(message.error, WorldChanged)
            self._step = replace(self._step, sentence="")
            self._end(str(message.error))

    def _end(self, problem: str | None) -> None:
        self._job, self._problem, self._ended_s = None, problem, time.monotonic()
        self.refresh_bindings()
        self._draw()
        self.kstory.ledger_changed()

    def on_unmount(self) -> None:
        """Whoever left has agreed to stop."""
        if self._job is not None:
            self._job.cancel()

    def _draw(self) -> None:
        counts = self._counts
        measured = None
        if len(counts) > 1 and counts[-1][0] > counts[0][0]:
            measured = (counts[-1][1] - counts[0][1]) / (counts[-1][0] - counts[0][0])
        until_s = time.monotonic() if self._ended_s is None else self._ended_s
        now = SendingNow(
            self._step,
            self._pace.rate,
            measured if self._step.state is ApplyState.SENDING else None,
            int(1000 * (until_s - self._began_s)),
            self._problem,
            self._needs_new_plan,
            going=self.is_sending,
            paused=self._pace.paused,
        )
        text = Text("\n").join(sending_lines(self._plan, now, self.size.width))
        self.query_one("#sending > Static", Static).update(text)

    def action_pause(self) -> None:
        """Pause, or go on."""
        self._pace.paused = not self._pace.paused
        self._draw()

    def action_rate(self, by: int) -> None:
        """Faster or slower, from the next letter on."""
        self._pace.rate = next_rate(self._pace.rate, by)
        self._draw()

    def action_ledger(self) -> None:
        """What was done; sending goes on meanwhile."""
        self.kstory.open_ledger()

    def action_anew(self) -> None:
        """Make the plan anew."""
        self.dismiss(True)

    def action_back(self) -> None:
        """Stop, after asking once; leave when it has ended."""
        if self.is_sending and self._step.state is ApplyState.DONE:
            self._end(None)  # its last word is on its way
        if not self.is_sending:
            self.dismiss(False)
            return

        def answered(stop: bool | None) -> None:
            if stop:
                self.stop()

        self.app.push_screen(self.stop_question(), answered)

    def stop_question(self) -> Confirm:
        """The one question before sending is stopped."""
        left = self._step.total - self._step.sent
        if not left:
            asks = "All were sent. Stop watching whether any comes back?"
            return Confirm(asks, leave="Go on watching", go_on="Stop")
        return Confirm(
            f"Stop sending? {counted(left, 'letter')} would not be sent; what was sent stays sent, "
            "and the same plan can be gone on with.",
            leave="Go on sending",
            go_on="Stop",
        )

    def stop(self) -> None:
        """Send no more; the step under way is finished or undone."""
        if self._job is not None:
            self._job.cancel()
            self._step = replace(self._step, state=ApplyState.STOPPED, sentence="Stopped by you.")
            self._end(None)
