"""The screens that no first frame waits for, loaded behind it: the next key finds them there."""

import importlib
import threading

from textual.message_pump import MessagePump

from tui.messages import ThreadCrashed

AFTER_S = 0.5
"""Behind the first frame: what it asked for is shown first."""
_MODULES = (
    "tui.screens.tail.screen",
    "tui.screens.story.screen",
    "tui.screens.help",
    "tui.widgets.ask",
    "tui.screens.dead_letters.screen",
    "tui.screens.letter.screen",
)


def load_screens(app: MessagePump) -> None:
    """Load them in a thread of its own, and return at once; where one does not load, the app ends.

    In the interface's own thread the largest took 70 ms, during which no key was answered.
    """

    def work() -> None:
        try:
            for module in _MODULES:
                importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 - this thread's one place; it ends the app
            app.post_message(ThreadCrashed(error))

    threading.Thread(target=work, name="loading", daemon=True).start()
