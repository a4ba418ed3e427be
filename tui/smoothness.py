"""What keeps a key's answer soon while records pour in: settings of the process, each measured.

From a key to its repaint at 100,000 records a second arriving, 160 × 48, p99 of 40 keys in one run:
203 ms with neither of the first two, 128 ms with the shorter switching, 75 ms with both. On a
machine with no core to spare the switching made no difference.
"""

import gc
import os
import sys

_FRAMES_PER_S = "120"
"""Textual draws at the next beat of this clock: 60 of its own, half of a beat too late."""
_SWITCH_S = 0.0005
"""How long a thread may go on when another waits: 5 ms of Python's own, at each of its turns."""


def before_textual_is_loaded() -> None:
    """Set what Textual reads when it is imported; what is loaded from now on is no garbage.

    Looking for some meanwhile took 15 ms of the first frame's 300.
    """
    gc.disable()
    os.environ.setdefault("TEXTUAL_FPS", _FRAMES_PER_S)


def before_the_app_runs() -> None:
    """Set what concerns all that is loaded by now.

    What exists stays: collecting it again and again makes frames late (24 ms against 6.5).
    """
    gc.freeze()
    gc.set_threshold(20_000, 10, 100)
    gc.enable()
    sys.setswitchinterval(_SWITCH_S)


def after_a_screen_is_gone() -> None:
    """Let go of what it held at once: a closed screen is cyclic garbage, with all its records."""
    gc.collect(1)
