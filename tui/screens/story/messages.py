"""What the story screen's jobs tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from readers.decoders.payload import Json
from readers.search import SearchStep
from replay.bookmarks import Bookmark
from replay.certainty import Certainty
from replay.changes import Change
from replay.condition import Failures
from replay.fold import State
from replay.reducers.stepping import Checked
from replay.states.bisect import Found
from replay.states.blame import Origin
from replay.states.what_if import World
from replay.story import Story
from replay.story_search import StorySearch
from tui.messages import JobMessage
from tui.render.diff_text import DiffLine


@dataclass
class StoryProgressed(JobMessage):
    """The search is so far."""

    step: SearchStep
    found: int


@dataclass
class StoryTold(JobMessage):
    """The story as far as it is known; `done` when all of it was searched.

    `search` goes on from there when it is asked for what came since.
    """

    story: Story
    search: StorySearch
    done: bool


@dataclass
class NewsCounted(JobMessage):
    """So many events of the aggregate came since the story was told."""

    count: int


@dataclass
class ReducerReloaded(JobMessage):
    """The reducer's file was saved, and the story folded by what it holds now."""

    story: Story


@dataclass(frozen=True, slots=True)
class Point:
    """A state at one event.

    Attributes:
        changed: what the event changed.
        checked: the rules that the state breaks.
        sure: how sure the state is.
        kept_bytes: what is held of the story's states, to be at each of them soon.
        origins: who set each leaf; None where it was not asked for, or is not known yet.
    """

    state: State
    changed: tuple[Change, ...]
    checked: Checked
    sure: Certainty
    kept_bytes: int
    origins: Mapping[str, Origin] | None = None

    @property
    def value(self) -> Json:
        """The state itself."""
        return self.state.value


@dataclass
class PointReached(JobMessage):
    """The state at the cursor."""

    point: Point


@dataclass(frozen=True, slots=True)
class Difference:
    """Two states side by side, and as an RFC 6902 patch, line by line; both may be cut."""

    before: str
    after: str
    lines: tuple[DiffLine, ...]
    patch: tuple[str, ...]
    is_cut: bool


@dataclass
class DifferenceFound(JobMessage):
    """The two states that were to be compared."""

    difference: Difference


@dataclass
class Bisected(JobMessage):
    """Where what was asked for begins to hold; None where it never does.

    `failures` tells of how many states it could not be said.
    """

    asked: str
    found: Found | None
    failures: Failures


@dataclass
class StatesLookedAt(JobMessage):
    """A question was asked of so many states."""

    count: int
    total: int


@dataclass
class WatchFound(JobMessage):
    """The events that changed what lies at a place, ascending."""

    pointer: str
    numbers: Sequence[int]


@dataclass
class RulesChecked(JobMessage):
    """The rules that begin to be broken, by the number of the event that does it.

    `failed` says in the same way why the check itself begins to fail.
    """

    broken: Mapping[int, tuple[str, ...]]
    failed: Mapping[int, str]


@dataclass
class WorldMade(JobMessage):
    """The story as it would be; `changes_count` changes can be undone."""

    world: World
    story: Story
    changes_count: int


@dataclass
class WorldExported(JobMessage):
    """So many records of a changed world are in a file; `has_moved`: not in the story's order."""

    path: Path
    count: int
    has_moved: bool


@dataclass
class StopFound(JobMessage):
    """The event at which the player has to stop; None where none is.

    `failures` tells of how many states that could not be said.
    """

    n: int | None
    failures: Failures


@dataclass
class BookmarksRead(JobMessage):
    """All bookmarks of the cluster, the newest first."""

    bookmarks: Sequence[Bookmark]
