"""How sure a state is: nothing can be missing in it, something from its beginning, or anything."""

from enum import Enum

from replay.fold import State
from replay.locator import Locator
from replay.story import Story


class Certainty(Enum):
    """What is known of a state, by what is known of the events that it is the fold of."""

    EXACT = "exact"
    LOWER_BOUND = "lower-bound"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """As it is shown to people."""
        return self.value.replace("-", " ")


def certainty(story: Story, n: int) -> Certainty:
    """Of the state after event `n`.

    It is a lower bound where only earlier events can be missing; then an event that carries the
    whole state makes it exact again.
    """
    if story.complete:
        return Certainty.EXACT
    if story.has_holes:
        return Certainty.UNKNOWN
    if story.fold.replaced_at(n) is not None and _is_in_one_partition(story):
        return Certainty.EXACT
    return Certainty.LOWER_BOUND


def sure_words(sure: Certainty, state: State) -> str:
    """How sure the state is, and that it is one after an error where an event is missing in it."""
    after = f", but after an error at #{state.errors[0].n}" if state.errors else ""
    return f"{sure.words}{after}"


def _is_in_one_partition(story: Story) -> bool:
    """Whether what is missing lies before all that is there.

    Elsewhere retention or compaction may have taken what came after the event that replaced all.
    """
    places = {e.event.position.topic_partition for e in story.events if not e.event.is_letter}
    by_key = story.stream.aggregate_id == (Locator("key"),)
    return by_key and len(story.stream.topics) == 1 and len(places) == 1
