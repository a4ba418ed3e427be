from textual.app import App
from textual.binding import ActiveBinding, Binding

from tui.screens.help import keys_of


def bound(key: str, action: str, said: str, tooltip: str = "", **more: bool) -> ActiveBinding:
    return ActiveBinding(App(), Binding(key, action, said, **more), True, tooltip)


def test_keys_of_one_action_stand_together() -> None:
    keys = keys_of(
        [bound("down", "go(1)", "Next"), bound("q", "quit", "Quit"), bound("j", "go(1)", "Next")]
    )
    assert keys == [("↓ j", "Next"), ("q", "Quit")]


def test_a_tooltip_says_more_than_a_footer_has_room_for() -> None:
    assert keys_of([bound("slash", "filter", "Filter", "Show some only")]) == [
        ("/", "Show some only")
    ]


def test_what_cannot_be_done_or_has_no_words_is_left_out() -> None:
    off = ActiveBinding(App(), Binding("x", "x", "X"), False)
    assert (
        keys_of([off, bound("y", "y", ""), bound("ctrl+c", "help_quit", "Quit", system=True)]) == []
    )
