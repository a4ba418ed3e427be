"""Asks for a condition in CEL, or one of the rules that are known to break."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.render.safe_text import visible


@dataclass(frozen=True, slots=True)
class Condition:
    """What was asked for: a rule's name, or a condition in CEL."""

    text: str
    is_rule: bool


class AskCondition(ModalScreen[Condition | None]):
    """Gives what was typed or chosen, or None where it was left with Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel")]

    def __init__(self, question: str, example: str, typed: str, rules: Sequence[str]) -> None:
        super().__init__()
        self._question = question
        self._example = example
        self._typed = typed
        self._rules = rules

    def compose(self) -> ComposeResult:
        """The question, its line, and below it the rules."""
        with Vertical(id="ask"):
            yield Static(self._question, markup=False)
            yield Input(self._typed, placeholder=f"such as {self._example}", select_on_focus=False)
            yield Static(
                "A condition in CEL on state, event (event.type, …) and n.", classes="label"
            )
            if self._rules:
                yield Static("Or a rule that is broken, with ↓ and Enter:", classes="label")
                yield OptionList(
                    *(Option(Content(visible(f"✗ {rule}", limit=200))) for rule in self._rules)
                )

    def on_key(self, event: events.Key) -> None:
        """Down from the line goes to the rules."""
        if event.key == "down" and self._rules and isinstance(self.focused, Input):
            self.query_one(OptionList).focus()
            event.stop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the condition; an empty line is none."""
        typed = event.value.strip()
        if typed:
            self.dismiss(Condition(typed, is_rule=False))
        else:
            self.notify("Type a condition, or choose a rule; Esc leaves.")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the rule."""
        self.dismiss(Condition(self._rules[event.option_index], is_rule=True))

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)
