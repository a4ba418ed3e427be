"""The part of the app that writes: plans, sending them, mended letters, and the ledger.

What only these need is loaded when the first of them is asked for, not before the first frame.
"""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from textual.app import App

from readers.opening import open_sink as open_sink_of
from readers.profiles import SourceSpec
from readers.record import Position
from readers.source import Sink, Source
from tui.messages import JobFailed
from tui.render.safe_text import visible
from tui.session import Session
from tui.settings import ledger_folder

if TYPE_CHECKING:
    from replay.deadletters.fate import Outcome
    from replay.deadletters.ledger import Ledger
    from tui.noting import FateNoted
    from tui.screens.letter.work import LetterTools
    from tui.screens.permit import Permit

SENDING_CLOSE_S = 5.0
"""An append that is under way is waited for: it would have to be looked for later."""


def open_ledger_of(source: Source) -> "Ledger":
    """The ledger of a source's cluster."""
    from replay.deadletters.ledger import open_ledger

    return open_ledger(ledger_folder(source), source.cluster_id)


class RepublishingApp(App[None]):
    """Sends in a thread of its own, on a source of its own, so that reading never waits for it.

    Attributes:
        session: the thread that owns the source which is read.
        sending: the thread that sends.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        *,
        spec: SourceSpec,
        open_sink: Callable[[], Sink] | None = None,
    ) -> None:
        super().__init__()
        self.session = Session(open_source, self)
        self.sending = Session(open_source, self)
        self._spec = spec
        self._open_sink = open_sink or partial(open_sink_of, spec)

    @property
    def letter_tools(self) -> "LetterTools":
        """What reading a letter needs besides the source."""
        raise NotImplementedError

    @cached_property
    def permit(self) -> "Permit":
        """What it takes to send."""
        from replay.deadletters.ledger import user_and_host
        from tui.screens.permit import Permit

        return Permit(
            self._open_sink,
            open_ledger_of,
            who=user_and_host(),
            allows_writes=self._spec.allow_writes,
            is_production=self._spec.production,
        )

    def open_plan(self, positions: Sequence[Position]) -> None:
        """Make a plan for these letters, and show it; nothing is sent."""
        from tui.screens.plan.screen import PlanScreen

        if positions:
            self.push_screen(PlanScreen(positions))

    def open_kept_plan(self, plan_id: str) -> None:
        """Show a plan that was made before; sending it sends what was not sent yet."""
        from tui.screens.plan.screen import PlanScreen

        self.push_screen(PlanScreen((), plan_id=plan_id))

    def open_ledger(self) -> None:
        """Show what was done with dead letters."""
        from tui.screens.ledger.screen import LedgerScreen

        self.push_screen(LedgerScreen())

    def mend(self, position: Position) -> None:
        """Edit what is sent instead of a letter's own content."""
        from tui.screens.mend.screen import MendScreen

        self.push_screen(MendScreen(position))

    def note_fate(self, positions: Sequence[Position], outcome: "Outcome") -> None:
        """Ask why, and note in the ledger that these are resolved, or ignored."""
        from tui.noting import QUESTIONS, note
        from tui.render.numbers import counted
        from tui.widgets.ask import Ask

        if not positions:
            return
        question, example = QUESTIONS[outcome]

        def answered(reason: str | None) -> None:
            if reason is not None:
                work = note(positions, outcome, reason, self.permit, self.letter_tools.dialects)
                self.session.submit(work, self)

        count = counted(len(positions), "letter")
        self.push_screen(Ask(f"{count}. {question}", example), answered)

    def on_fate_noted(self, message: "FateNoted") -> None:
        """Say so, and let screens show it."""
        from tui.render.numbers import counted

        said = f"{counted(message.count, 'letter')} noted as {message.outcome.value}."
        self.notify(said, markup=False)
        self.ledger_changed()

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why nothing was noted."""
        self.notify(visible(str(message.error), limit=400), severity="error", markup=False)

    def ledger_changed(self) -> None:
        """Let every screen that shows fates read them again."""
        for screen in self.screen_stack:
            changed = getattr(screen, "ledger_changed", None)
            if changed is not None:
                changed()

    async def action_quit(self) -> None:
        """Leave; while something is being sent, only after asking."""
        from tui.screens.sending.screen import SendingScreen

        sending = next((s for s in self.screen_stack if isinstance(s, SendingScreen)), None)
        if sending is None or not sending.is_sending:
            self.exit()
            return

        def answered(stop: bool | None) -> None:
            if stop:
                self.exit()

        self.push_screen(sending.stop_question(), answered)
