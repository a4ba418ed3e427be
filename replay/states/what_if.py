"""What if: events skipped, moved or edited in memory, and folded again from the first change on.

Nothing of it is written anywhere; the story itself stays as it was found.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from types import MappingProxyType

from readers.decoders.payload import Payload
from readers.errors import UsageError
from replay.event import Event
from replay.event_marks import Mark, Marked, identity_of, letters_by_origin, mark
from replay.fold import Fold, Folding
from replay.narration import narrate
from replay.story import Story, StoryEvent


@dataclass(frozen=True, slots=True)
class Changed:
    """An event of a changed world; `was` is its number in the story."""

    event: Event
    was: int
    is_skipped: bool
    is_moved: bool
    is_edited: bool


@dataclass(frozen=True, slots=True)
class World:
    """The story with some events changed. Skipped ones keep their place and are not folded.

    Attributes:
        fold: its states; up to the first change they are the story's.
        changed_from: the number of the first event that differs; None where none does.
        order: the events by their numbers in the story.
        skipped, moved: those that were, by their numbers in the story.
        edited: what they were made, by their numbers in the story.
    """

    story: Story
    fold: Fold
    order: Sequence[int]
    changed_from: int | None = None
    skipped: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()
    edited: Mapping[int, Event] = field(default_factory=lambda: MappingProxyType({}))

    def __len__(self) -> int:
        return len(self.order)

    def event(self, n: int) -> Changed:
        """The event of this number, from 1, in the changed order."""
        was = self.order[n - 1]
        return Changed(
            self.event_of(was),
            was,
            was in self.skipped,
            was in self.moved,
            was in self.edited,
        )

    def event_of(self, was: int) -> Event:
        """What the story's event of this number is now."""
        return self.edited.get(was) or self.story.events[was - 1].event

    def events(self, first: int = 1) -> Iterator[Changed]:
        """All from this number on."""
        return map(self.event, range(first, len(self) + 1))

    def told(self) -> Story:
        """It as a story, marked and narrated anew; a skipped event has no marks."""
        events = [changed.event for changed in self.events() if not changed.is_skipped]
        marked = mark(events, self.story.stream, letters_by_origin(events))
        told = [
            Marked(each.event, (), None, None) if each.is_skipped else next(marked)
            for each in self.events()
        ]
        return replace(
            self.story,
            events=tuple(
                StoryEvent(n, each, says or narrate(each.event))
                for n, (each, says) in enumerate(zip(told, self.fold.told, strict=True), 1)
            ),
            fold=self.fold,
        )


class WhatIf:
    """A story and a world that was made of it, change by change. One thread uses it at a time.

    Numbers are those of the changed world. What is asked for and cannot be done raises `UsageError`
    and changes nothing.

    Attributes:
        world: the world as it is now.
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        duplicates = [each.n for each in story.events if Mark.DUPLICATE in each.marks]
        self._has_duplicates = bool(duplicates)
        self._fold_duplicates = any(not story.fold.events[n - 1].left_out for n in duplicates)
        self.world = World(story, story.fold, range(1, len(story.events) + 1))
        self._left: list[World] = []

    @property
    def fold(self) -> Fold:
        """Its states."""
        return self.world.fold

    @property
    def changed_from(self) -> int | None:
        """The number of the first event that differs from the story's; None where none does."""
        return self.world.changed_from

    @property
    def changes_count(self) -> int:
        """How many changes can be undone."""
        return len(self._left)

    def skip(self, n: int) -> None:
        """Leave event `n` out of the states, as if it had never been; a repetition of it counts."""
        was = self._was(n)
        if was not in self.world.skipped:
            self._change(n, replace(self.world, skipped=self.world.skipped | {was}))

    def unskip(self, n: int) -> None:
        """Take a skipped event in again."""
        was = self._was(n)
        if was in self.world.skipped:
            self._change(n, replace(self.world, skipped=self.world.skipped - {was}))

    def move(self, n: int, to: int) -> None:
        """Tell event `n` as the one of number `to`; those between make room."""
        was = self._was(n)
        self._was(to)
        if n == to:
            return
        order = [*self.world.order]
        order.insert(to - 1, order.pop(n - 1))
        moved = replace(self.world, order=order, moved=self.world.moved | {was})
        self._change(min(n, to), moved)

    def edit(self, n: int, value: bytes | None) -> None:
        """Give event `n` another value, in the format that it has; None makes it a tombstone."""
        was = self._was(n)
        event = self.world.event(n).event
        edited = self.story.stream.event(event.record._replace(value=value))
        refused = _refusal(event.payload, edited.payload, n)
        if refused is not None:
            raise UsageError(refused)
        self._change(n, replace(self.world, edited={**self.world.edited, was: edited}))

    def undo(self) -> bool:
        """Take the last change back; whether there was one."""
        if not self._left:
            return False
        world = self._left.pop()
        first = world.changed_from
        fold = self._folded(world, first) if first is not None else self.story.fold
        self.world = replace(world, fold=fold)
        return True

    def reset(self) -> None:
        """Take all changes back."""
        if self._left:
            self.world = self._left[0]
            self._left.clear()

    def _was(self, n: int) -> int:
        if not 1 <= n <= len(self.world):
            raise UsageError(
                f"There is no event #{n} to change: the story has {len(self.world)} events."
            )
        return self.world.order[n - 1]

    def _change(self, n: int, world: World) -> None:
        """Fold it from event `n` on, and make it the one that is."""
        fold = self.fold.branch(n, [*self._foldings(world, n)])
        # Each world's states may hold the whole budget: those of one that is left are folded anew.
        self._left.append(replace(self.world, fold=self.story.fold))
        self.world = replace(world, fold=fold, changed_from=_first_change(world))

    def _folded(self, world: World, first: int) -> Fold:
        """Its states, as they are where event `first` is the first that differs."""
        return self.story.fold.branch(first, [*self._foldings(world, first)])

    def _foldings(self, world: World, first: int) -> Iterator[Folding]:
        """What is folded from event `first` on."""
        places = world.order[first - 1 :]
        for was, repeated in zip(places, self._repetitions(world, first), strict=True):
            event = world.event_of(was)
            left_out = event.is_letter or repeated or was in world.skipped
            yield Folding(event, left_out)

    def _repetitions(self, world: World, first: int) -> Iterator[bool]:
        """Whether each from event `first` on repeats one before it that was not skipped."""
        if self._fold_duplicates or not (self._has_duplicates or world.edited):
            yield from repeat(False, len(world) - first + 1)
            return
        seen = set()
        for n, was in enumerate(world.order, 1):
            identity = None if was in world.skipped else identity_of(world.event_of(was))
            if n >= first:
                yield identity is not None and identity in seen
            seen.add(identity)


def _first_change(world: World) -> int | None:
    touched = world.skipped | world.edited.keys()
    for n, was in enumerate(world.order, 1):
        if n != was or was in touched:
            return n
    return None


def _refusal(before: Payload, after: Payload, n: int) -> str | None:
    """Why a value cannot stand for the one before, or None; what was broken may be mended."""
    if after.error is not None:
        return f"Event #{n} cannot be given this value: {after.error}."
    had_format = before.error is None and before.encoding not in ("text", "bytes", "null")
    if had_format and after.encoding not in (before.encoding, "null"):
        return (
            f"Event #{n} cannot be given this value: it was {before.encoding}, and this is "
            f"{after.encoding}."
        )
    return None
