"""Mending a letter: its text edited, what that changes, and whether it can be sent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import events
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, Static, TextArea

from readers.errors import UsageError
from readers.record import Position
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.mendable import Mendable
from tui.messages import JobEnded, JobFailed
from tui.render.plan_view import change_line, place_text
from tui.render.safe_text import visible
from tui.screens.mend.messages import LetterLoaded, MendKept, TextChecked, TextUnwrapped
from tui.screens.mend.text import can_be_shown, wrapped
from tui.screens.mend.work import (
    check_text,
    discard,
    edited,
    editor_of,
    keep,
    load_letter,
    unwrap_text,
)
from tui.session import Job, Work
from tui.widgets.confirm import Confirm
from tui.widgets.row_list import RowList
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from tui.app import KstoryApp

_SIDE_BY_SIDE = 110
_CHECK_AFTER_S = 0.2
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


class MendScreen(Screen[None]):
    """Opens the user's editor where one is set, else the text area; nothing is kept before `s`."""

    ABOUT = (
        "What is sent instead of this letter's own key, headers and value. Edit it in $EDITOR (e) "
        "or here (t, Esc ends it); the lines that change are shown, and why it cannot be sent if "
        "it cannot. s keeps it in the ledger, for the next plan. The letter itself stays as it is "
        "in its topic; x goes back to it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "editor", "Editor", tooltip="Edit in $VISUAL or $EDITOR"),
        Binding("t", "here", "Edit here", tooltip="Edit in the text area; Esc ends it"),
        Binding("s,ctrl+s", "keep", "Keep", tooltip="Keep it, for the next plan"),
        Binding("x", "discard", "Original", tooltip="Back to the letter as it is in its topic"),
        Binding(
            "u", "unwrap", "Unwrap", show=False, tooltip="Take the value out of base64 strings"
        ),
        Binding("f1", "app.help", "Help", show=False),
        Binding("escape", "back", "Back", tooltip="End editing; then leave, keeping nothing"),
    ]

    def __init__(self, position: Position) -> None:
        super().__init__()
        self._position = position
        self._letter: Mendable | None = None
        self._kept = ""
        self._text = ""
        self._is_mended = False
        self._original = ""
        self._problem: str | None = None
        self._warnings: tuple[str, ...] = ()
        self._job: Job | None = None
        self._resting: Timer | None = None
        self._checked: TextChecked | None = None

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    def compose(self) -> ComposeResult:
        """Title, what is to be said, the text beside what it changes, the keys."""
        yield Static("", id="title", markup=False)
        yield Static("reading the letter …", id="says", markup=False)
        with Container(id="mend"):
            yield TextArea("", id="text", read_only=True, soft_wrap=True, show_line_numbers=True)
            yield RowList(id="diff")
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Read the letter."""
        where = place_text(self._position)
        self.query_one("#title", Static).update(f"kstory  mend {where}")
        self._diff.focus()
        self._submit(load_letter(self._position, self.kstory.permit, self._dialects))

    def on_resize(self, event: events.Resize) -> None:
        """What changes stands beside the text where there is room, else below it."""
        self.set_class(event.size.width >= _SIDE_BY_SIDE, "wide")
        self.call_after_refresh(self._draw_diff)

    def _dialects(self) -> Sequence[Dialect]:
        return self.kstory.letter_tools.dialects()

    @property
    def _area(self) -> TextArea:
        return self.query_one(TextArea)

    @property
    def _diff(self) -> RowList:
        return self.query_one(RowList)

    def _submit(self, work: Work) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = self.kstory.session.submit(work, self)

    # What the jobs tell.

    def on_letter_loaded(self, message: LetterLoaded) -> None:
        """Show the text, and open the editor on it."""
        letter = self._letter = message.letter
        self._is_mended = letter.now != letter.own
        self._original, self._kept = message.original, message.document
        self._use(message.document)
        if editor_of() is not None:
            self.action_editor()
        else:
            self.action_here()

    def on_text_unwrapped(self, message: TextUnwrapped) -> None:
        """Show what was inside."""
        if message.text is None:
            self.notify("The value is not wrapped.")
        else:
            self._use(message.text)

    def on_text_checked(self, message: TextChecked) -> None:
        """Show what changes, or why it cannot be sent."""
        if message.job is not self._job:
            return
        self._problem, self._warnings = message.problem, message.warnings
        self._checked = message
        self._draw_diff()
        self._say()

    def _draw_diff(self) -> None:
        """What changed in the value, then the lines; what is longer than the room is wrapped."""
        width = max(20, self._diff.size.width - 4)
        checked = self._checked
        lines = [] if checked is None else [change_line(change) for change in checked.changes]
        for line in () if checked is None else checked.diff:
            style = _STYLES.get(line[:1], "")
            lines += [Text(part, style) for part in wrapped(visible(line), width)]
        self._diff.show(len(lines), lambda number, _: lines[number], cursor=0)

    def on_mend_kept(self, message: MendKept) -> None:
        """It is in the ledger."""
        said = "The letter is sent as it is again." if message.discarded else "Kept for the plan."
        self.notify(said)
        self.kstory.ledger_changed()
        self.app.pop_screen()

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why."""
        self._job = None
        self._says(f"✗ {message.error}", "bold red")

    def on_job_ended(self, message: JobEnded) -> None:
        """It has told all."""
        if message.job is self._job:
            self._job = None

    def on_unmount(self) -> None:
        """Let go of the work."""
        if self._job is not None:
            self._job.cancel()

    # What is said.

    def _says(self, text: str, style: str = "") -> None:
        self.query_one("#says", Static).update(Text(visible(text, limit=1_000, lines=True), style))

    def _say(self) -> None:
        told = "".join(f"\n⚠ {warning}" for warning in self._warnings)
        if self._problem:
            self._says(f"✗ This cannot be sent: {self._problem}", "bold red")
        elif self._text != self._kept:
            self._says(
                f"✎ changed and not kept yet: s keeps it (ctrl+s while editing){told}", "yellow"
            )
        elif self._is_mended:
            self._says(f"✎ mended before: the next plan sends this; x takes it back{told}", "cyan")
        else:
            self._says("as it lies in its topic")

    @property
    def _is_changed(self) -> bool:
        """Whether leaving would lose something; editors end a text with a line end of their own."""
        return self._text not in (self._kept, f"{self._kept}\n")

    # Editing.

    def _use(self, text: str) -> None:
        self._text, self._problem = text, None
        area = self._area
        if can_be_shown(text):
            area.load_text(text)
        else:
            area.load_text("This text is too long, or has control characters: e edits it.")
        area.read_only = True
        self._check()

    def _check(self) -> None:
        if self._letter is not None:
            self._submit(check_text(self._text, self._letter, self._dialects))

    def action_editor(self) -> None:
        """Edit in the program that the user has named."""
        editor = editor_of()
        if self._letter is None:
            return
        if editor is None:
            self.kstory.say("Neither VISUAL nor EDITOR is set; t edits here.")
            return
        try:
            with self.app.suspend():
                text = edited(self._text, editor)
        except SuspendNotSupported:
            self.kstory.say("This terminal cannot be lent to an editor; t edits here.")
        except UsageError as error:
            self.kstory.say(str(error))
        else:
            self._use(text)
        self.app.refresh()

    def action_unwrap(self) -> None:
        """Take the value out of the base64 strings that hops wrapped it in."""
        if self._problem:
            self.kstory.say(f"Not unwrapped: {self._problem}")
        elif self._letter is not None and self._problem is not None:
            self._submit(unwrap_text(self._text, self._letter, self._dialects))

    def action_here(self) -> None:
        """Edit in the text area."""
        if self._letter is None:
            return
        if not can_be_shown(self._text):
            self.kstory.say("This text is too long to be edited here, or has control characters.")
            return
        self._area.read_only = False
        self._area.focus()

    def on_text_area_changed(self) -> None:
        """See what it comes to, when typing rests."""
        if not self._area.read_only:
            self._text, self._problem = self._area.text, None
            if self._resting is not None:
                self._resting.stop()
            self._resting = self.set_timer(_CHECK_AFTER_S, self._check)

    # Keys.

    def action_keep(self) -> None:
        """Keep it in the ledger, if it can be sent."""
        if self._letter is None:
            return
        if self._problem is None:
            self.notify("It is being looked at; press it again.")
        elif self._problem:
            self.kstory.say(f"Not kept: {self._problem}")
        elif not self._is_changed:
            self.notify("Nothing was changed.")
        else:
            self._submit(keep(self._text, self._letter, self.kstory.permit, self._dialects))

    def action_discard(self) -> None:
        """Back to the letter's own, after asking where something was kept before."""
        if self._letter is None:
            return

        def answered(discards: bool | None) -> None:
            if discards and self._letter is not None:
                self._submit(discard(self._position, self.kstory.permit))

        if self._is_mended:
            question = "Send the letter as it lies in its topic, and not as it was mended?"
            self.app.push_screen(
                Confirm(question, leave="Keep the edit", go_on="As it lies there"), answered
            )
        else:
            self._use(self._original)

    def action_back(self) -> None:
        """End editing; then leave, asking once where something would be lost."""
        if not self._area.read_only:
            self._area.read_only = True
            self._diff.focus()
            return
        if self._letter is None or not self._is_changed:
            self.app.pop_screen()
            return

        def answered(leaves: bool | None) -> None:
            if leaves:
                self.app.pop_screen()

        question = "What you changed is not kept."
        self.app.push_screen(Confirm(question, leave="Go on", go_on="Leave it"), answered)
