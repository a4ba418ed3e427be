"""The plan of a republish: what would be sent and what it does, before anything is sent."""

from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType

from replay.deadletters.republish.plan import CANARY, Guarantee, Plan, PlannedLetter
from replay.deadletters.republish.planning.making import PlanOptions, without
from tui.render.numbers import counted
from tui.render.plan_summary import (
    BY_HAND,
    GUARANTEES,
    next_rate,
    ramp_text,
    rate_text,
    targets_text,
    typed_to_send,
)
from tui.screens.plan.view import READ_ONLY, PlanView
from tui.screens.sending.screen import SendingScreen
from tui.widgets.ask import Ask
from tui.widgets.confirm import ConfirmSend, Sending
from tui.widgets.row_list import RowList


class PlanScreen(PlanView):
    """Makes a plan for some letters when it opens; nothing is sent before `s` and its box."""

    ABOUT = (
        "What sending these dead letters back would do; nothing was sent. Above is what holds for "
        "all of them, then a line a letter with what its aggregate's state becomes, and all that "
        "is planned for the one at the cursor: headers that are stripped (a stale one would make a "
        "consumer give up at once), kept and added. Space leaves a letter out. A rule that is "
        "broken by a letter has a ✗. Sending cannot be undone."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "send", "Send …", tooltip="Send this plan; asks why, and sends nothing yet"),
        Binding("space", "leave_out", "In/out", tooltip="Leave the letter out, or take it in"),
        Binding("plus,equals_sign", "rate(1)", "Rate", key_display="+/-", tooltip="Send faster"),
        Binding("minus", "rate(-1)", "Slower", show=False, tooltip="Send slower"),
        Binding("c", "canary", "Canary", tooltip="Send a few first and look, or all at once"),
        Binding("o", "target", "Target", show=False, tooltip="Send them to another topic"),
        Binding("T", "guarantee", "Guarantee", show=False, tooltip="Transactions, or searching"),
        Binding(
            "f",
            "force",
            "Force",
            show=False,
            tooltip="Take in what was sent before",
        ),
        Binding("x", "broken", "Next ✗", show=False, tooltip="The next letter that breaks a rule"),
        Binding("enter", "letter", "Letter", show=False, tooltip="Open the letter at the cursor"),
        Binding("R", "again", "Again", show=False, tooltip="Make the plan anew"),
        Binding("escape", "back", "Back", tooltip="Leave; nothing is sent"),
    ]

    def ledger_changed(self) -> None:
        """A letter was mended or seen to: make the plan anew, unless it is being sent."""
        if not any(isinstance(screen, SendingScreen) for screen in self.app.screen_stack):
            self.action_again()

    # Keys that change the plan.

    def action_leave_out(self) -> None:
        """Leave the letter at the cursor out, or take it in again."""
        row = self._at_cursor
        if not isinstance(row, PlannedLetter) or self._plan is None:
            return
        self._out ^= {row.letter}
        self._draw_summary(self._plan)
        self.query_one(RowList).action_step(1)

    def action_rate(self, by: int) -> None:
        """The next rate up or down."""
        if self._plan is not None:
            self._change(replace(self._plan, rate=next_rate(self._plan.rate, by)))

    def action_canary(self) -> None:
        """A few first, or all at once."""
        if self._plan is not None:
            self._change(replace(self._plan, ramp=() if self._plan.ramp else CANARY))

    def _change(self, plan: Plan) -> None:
        self._plan = plan
        options = replace(self._planning.options, rate=plan.rate, ramp=plan.ramp)
        self._planning = replace(self._planning, options=options)
        self._draw_summary(plan)

    def _plan_with(self, options: PlanOptions) -> None:
        self._planning = replace(self._planning, options=options)
        self.action_again()

    def action_guarantee(self) -> None:
        """Transactions, or searching the target; the plan is made anew."""
        options = self._planning.options
        scans = options.guarantee is Guarantee.SCAN
        chosen = Guarantee.TRANSACTIONS if scans else Guarantee.SCAN
        self._plan_with(replace(options, guarantee=chosen))

    def action_force(self) -> None:
        """Take in what would be left out, or not; the plan is made anew."""
        options = self._planning.options
        self._plan_with(replace(options, force=not options.force))

    def action_target(self) -> None:
        """Ask for another topic; the plan is made anew."""

        def answered(topic: str | None) -> None:
            if topic is not None:
                to = None if topic == "-" else topic
                self._plan_with(replace(self._planning.options, to=to))

        question = "To which topic? - is back to where each came from."
        self.app.push_screen(Ask(question, "payment-events-retry"), answered)

    # Other keys.

    def action_broken(self) -> None:
        """Move to the next letter that breaks a rule."""
        letters = () if self._plan is None else self._plan.letters
        at, count = self.query_one(RowList).cursor or 0, len(letters)
        for number in (*range(at + 1, count), *range(min(at, count))):
            impact = letters[number].impact
            if impact is not None and (impact.newly_broken or impact.again_breaks):
                self.query_one(RowList).move(number)
                return
        self.notify("No other letter breaks a rule.")

    def action_letter(self) -> None:
        """Open the letter."""
        if self._at_cursor is not None:
            self.kstory.open_letter(self._at_cursor.letter)

    def action_back(self) -> None:
        """Leave; nothing was sent."""
        self.app.pop_screen()

    # Sending.

    def action_send(self) -> None:
        """Ask for the reason, and whether; what was left out makes it another plan."""
        if not self.kstory.permit.allows_writes:
            self.kstory.say(f"This is {READ_ONLY}.")
        elif self._plan is None or self._job is not None:
            self.notify("The plan is not made yet.")
        elif not self._sent:
            self.notify("The plan has no letter to send.")
        elif len(self._sent) < len(self._plan.letters):
            out = [row.letter for row in self._plan.letters if row.letter in self._out]
            self._ask_to_send(without(self._plan, out, BY_HAND))
        else:
            self._ask_to_send(self._plan)

    def _ask_to_send(self, plan: Plan) -> None:
        def answered(reason: str | None) -> None:
            if reason is None:
                self.notify("Nothing was sent.")
            else:
                self.app.push_screen(
                    SendingScreen(plan, reason, force=self._planning.options.force),
                    self._sending_left,
                )

        self.app.push_screen(ConfirmSend(self._sending(plan)), answered)

    def _sending(self, plan: Plan) -> Sending:
        letters = counted(len(plan.letters), "letter")
        said, meaning = GUARANTEES[plan.guarantee]
        lines = [
            "Sending cannot be undone.",
            f"{rate_text(plan.rate)}, {ramp_text(plan.ramp)}, {said}. {meaning}",
        ]
        broken = sum(bool(row.impact and row.impact.newly_broken) for row in plan.letters)
        if broken:
            lines.append(f"✗ {counted(broken, 'letter')} of them break a rule.")
        return Sending(
            title=f" Send {letters} → {targets_text(plan.letters)} ",
            lines=lines,
            go_on=f"Send {letters}",
            typed=typed_to_send(plan, is_production=self.kstory.permit.is_production),
        )

    def _sending_left(self, made_anew: bool | None) -> None:
        """Make the plan anew: what was sent is left out by it, and what changed is seen."""
        if made_anew:
            self.action_again()
        else:
            self.app.pop_screen()
