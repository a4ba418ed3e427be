"""Other people's code, called: whatever it raises is told, never raised.

The one place where a reducer is run. It runs in kstory's own process: an error, an exit and output
are contained here; one that never returns or eats the memory is not, yet.
"""

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Returned(Generic[T]):
    """What the code gave back."""

    value: T


@dataclass(frozen=True, slots=True)
class Raised:
    """What the code raised, as one line."""

    error: str


def call(function: Callable[..., T], *arguments: object) -> Returned[T] | Raised:
    """Call it; `sys.exit` and endless recursion count as errors too. What it prints is dropped."""
    try:
        with redirect_stdout(_NOWHERE), redirect_stderr(_NOWHERE):
            return Returned(function(*arguments))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it raises is told
        return Raised(_line(error))


class _Nowhere(io.TextIOBase):
    """Swallows what is printed: stdout holds results, and a print may quote a record."""

    def write(self, text: str) -> int:
        """Take it, and keep nothing."""
        return len(text)


_NOWHERE = _Nowhere()


def _line(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an error of theirs may not even say itself
        return name
    return f"{name}: {text}" if text else name
