"""What the story screen's jobs tell it."""

from dataclasses import dataclass

from readers.decoders.payload import Json
from readers.search import SearchStep
from replay.changes import Change
from replay.fold import State
from replay.story import Story
from tui.messages import JobMessage


@dataclass
class StoryProgressed(JobMessage):
    """The search is so far."""

    step: SearchStep
    found: int


@dataclass
class StoryTold(JobMessage):
    """The story as far as it is known; `done` when all of it was searched."""

    story: Story
    done: bool


@dataclass(frozen=True, slots=True)
class Point:
    """A state at one event: the state, what the event changed, which rules the state breaks."""

    state: State
    changed: tuple[Change, ...]
    broken: tuple[str, ...]

    @property
    def value(self) -> Json:
        """The state itself."""
        return self.state.value


@dataclass
class PointReached(JobMessage):
    """The state at the cursor."""

    point: Point
