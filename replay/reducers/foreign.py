"""Other people's code, called: whatever it raises is told, never raised.

A reducer that prints, never returns or eats the memory is held off by the process that it runs in;
see `worker.py`. Small plug-ins, such as dead-letter dialects, run in kstory's own.
"""

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
_MOST_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Returned(Generic[T]):
    """What the code gave back."""

    value: T


@dataclass(frozen=True, slots=True)
class Raised:
    """What the code raised, as one line."""

    error: str


def call(function: Callable[..., T], *arguments: object) -> Returned[T] | Raised:
    """Call it; `sys.exit` and endless recursion count as errors too."""
    try:
        return Returned(function(*arguments))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it raises is told
        return Raised(_line(error))


def call_here(function: Callable[..., T], *arguments: object) -> Returned[T] | Raised:
    """The same for code that runs in kstory's own process: what it prints is dropped."""
    with redirect_stdout(_NOWHERE), redirect_stderr(_NOWHERE):
        return call(function, *arguments)


class _Nowhere(io.TextIOBase):
    """Swallows what is printed: stdout holds results, and a print may quote a record."""

    def write(self, text: str) -> int:
        """Take it, and keep nothing."""
        return len(text)


_NOWHERE = _Nowhere()


def sayable(text: str) -> str:
    """A text of theirs that can be written as JSON, and is no longer than someone reads."""
    if len(text) > _MOST_CHARS:
        text = f"{text[:_MOST_CHARS]}… ({len(text):,} characters)"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _line(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = sayable(str(error))
    except BaseException:  # noqa: BLE001 - an error of theirs may not even say itself
        return sayable(name)
    return sayable(f"{name}: {text}" if text else name)
