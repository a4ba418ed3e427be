"""Asking before something that cannot be taken back: what Enter does by itself is nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from tui.render.safe_text import visible

_LEAVE = "leave"
_GO_ON = "go-on"
_BUTTON_KEYS: list[BindingType] = [
    Binding("escape", "leave", "Cancel"),
    Binding("left", "app.focus_previous", "Choose", show=False),
    Binding("right", "app.focus_next", "Choose", show=False),
]


class Confirm(ModalScreen[bool]):
    """A question with two answers; the first button does nothing and has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = _BUTTON_KEYS

    def __init__(self, question: str, *, leave: str, go_on: str) -> None:
        super().__init__()
        self._question = question
        self._leave = leave
        self._go_on = go_on

    def compose(self) -> ComposeResult:
        """The question above its answers."""
        with Vertical(id="ask"):
            yield Static(self._question, markup=False)
            with Horizontal(id="answers"):
                yield Button(Content(self._leave), id=_LEAVE, compact=True)
                yield Button(Content(self._go_on), id=_GO_ON, variant="warning", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Give the answer."""
        self.dismiss(event.button.id == _GO_ON)

    def action_leave(self) -> None:
        """Do nothing."""
        self.dismiss(False)


@dataclass(frozen=True, slots=True)
class Sending:
    """What is about to be sent, in the words of the box.

    Attributes:
        lines: what a person should know, a sentence each.
        typed: what has to be typed before it may be sent; None where the reason is enough.
    """

    title: str
    lines: Sequence[str]
    go_on: str
    typed: str | None


class ConfirmSend(ModalScreen[str | None]):
    """Gives the reason that was typed, or None: then nothing is to be sent.

    Enter goes from line to line, and to the button that sends once all is typed; it stays where
    something is missing.
    """

    BINDINGS: ClassVar[list[BindingType]] = _BUTTON_KEYS

    def __init__(self, sending: Sending) -> None:
        super().__init__()
        self._sending = sending

    def compose(self) -> ComposeResult:
        """What will be done, the lines to type in, and the two buttons."""
        sending = self._sending
        with Vertical(id="ask", classes="send") as box:
            box.border_title = Content(visible(sending.title, limit=100))
            for line in sending.lines:
                yield Static(visible(line, limit=400), markup=False)
            yield Static("why it is sent (kept in the ledger)", markup=False, classes="label")
            yield Input(id="reason", compact=True, placeholder="such as INC-1234: it is back")
            if sending.typed is not None:
                said = f"type {visible(sending.typed, limit=249)} to send"
                yield Static(said, markup=False, classes="label")
                yield Input(id="typed", compact=True, placeholder="the topic")
            with Horizontal(id="answers"):
                yield Button("Send nothing", id=_LEAVE, compact=True)
                go_on = Content(visible(sending.go_on, limit=60))
                yield Button(go_on, id=_GO_ON, variant="warning", compact=True, disabled=True)
            yield Static(
                "Enter goes on, Tab moves, Esc sends nothing", markup=False, classes="label"
            )

    def on_mount(self) -> None:
        """Begin with the reason."""
        self.query_one("#reason", Input).focus()

    @property
    def _reason(self) -> str:
        return self.query_one("#reason", Input).value.strip()

    @property
    def _may_send(self) -> bool:
        typed = self._sending.typed
        agreed = typed is None or self.query_one("#typed", Input).value.strip() == typed
        return bool(self._reason) and agreed

    def on_input_changed(self) -> None:
        """Sending is possible when all is typed."""
        self.query_one(f"#{_GO_ON}", Button).disabled = not self._may_send

    def on_input_submitted(self) -> None:
        """To the first line that lacks something, or to the button that sends."""
        if self._may_send:
            self.query_one(f"#{_GO_ON}", Button).focus()
        elif self._reason:
            self.query_one("#typed", Input).focus()
        else:
            self.query_one("#reason", Input).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Give the reason, or nothing."""
        send = event.button.id == _GO_ON and self._may_send
        self.dismiss(self._reason if send else None)

    def action_leave(self) -> None:
        """Send nothing."""
        self.dismiss(None)
