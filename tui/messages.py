"""What the session's thread tells the interface: messages, a batch each, never a record each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from readers.errors import KstoryError
    from tui.session import Job


@dataclass
class JobMessage(Message, bubble=False):
    """What a job hands to the one who asked; jobs yield subclasses of it.

    Attributes:
        job: set by the session. A message of a job that has been cancelled may still be under
            way: compare before you use it.
    """

    job: Job = field(init=False, repr=False)


@dataclass
class JobEnded(JobMessage):
    """A job has told all it had to tell."""


@dataclass
class JobFailed(JobMessage):
    """A job could not go on; with `retrying` it is tried again by itself."""

    error: KstoryError
    retrying: bool


@dataclass
class ThreadCrashed(Message):
    """The session's thread met an error nobody expected; the app leaves with a crash report."""

    error: Exception
