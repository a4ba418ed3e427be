"""What a letter's aggregate was when it failed, and what became of it since, out of its story."""

from collections.abc import Sequence
from dataclasses import dataclass

from readers.decoders.payload import Json
from readers.record import Position
from replay.changes import Change, changes
from replay.deadletters.letter import DeadLetter
from replay.story import Story


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Two states of one aggregate: when the letter's record failed, and now.

    Attributes:
        n: the event after which `when` is: the origin's, or where the story has no such event
            the letter's own; None where it has neither, and `when` is None too.
        is_origin: `n` is the origin's.
        letter_n: the letter's own number in the story; None where it is not told.
        newly_broken: rules that the state breaks now, and did not then.
    """

    story: Story
    n: int | None
    is_origin: bool
    letter_n: int | None
    when: Json
    now: Json
    newly_broken: tuple[str, ...]

    @property
    def since(self) -> int:
        """How many events were told after `n`, letters left out."""
        told = self.story.events[self.n or 0 :]
        return sum(not event.event.is_letter for event in told)

    @property
    def changed(self) -> tuple[Change, ...]:
        """What is different now."""
        return tuple(changes(self.when, self.now))


def aftermath(story: Story, letter: DeadLetter) -> Aftermath:
    """The states of the story that tell it."""
    origin_n = _number_of(story, letter.origin.position)
    letter_n = _number_of(story, letter.position)
    n = letter_n if origin_n is None else origin_n
    last = len(story.events)
    before = set(story.fold.checked(n).said) if n else set()
    return Aftermath(
        story=story,
        n=n,
        is_origin=origin_n is not None,
        letter_n=letter_n,
        when=None if n is None else story.fold.state(n).value,
        now=story.fold.state(last).value,
        newly_broken=tuple(r for r in story.fold.checked(last).said if r not in before),
    )


def _number_of(story: Story, position: Position | None) -> int | None:
    return next((e.n for e in story.events if e.event.position == position), None)


def telling_change(changed: Sequence[Change]) -> Change | None:
    """The change that says most in a line: of a status or a state, else the first there is."""
    named = (c for c in changed if c.pointer.rpartition("/")[2].lower() in ("status", "state"))
    return next(named, next(iter(changed), None))
