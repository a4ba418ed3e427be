"""Other people's code, called: whatever it raises is told, never raised.

The one place where a reducer is run, so that what one may cost is decided here alone.
"""

from collections.abc import Callable
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
    """Call it; `sys.exit` and endless recursion count as errors too."""
    try:
        return Returned(function(*arguments))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises is told
        text = str(error)
        return Raised(f"{type(error).__name__}: {text}" if text else type(error).__name__)
