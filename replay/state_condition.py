"""Conditions on an aggregate's state, in CEL: `state.status == "CANCELLED" && n > 5`."""

from readers.decoders.payload import Json
from readers.errors import UsageError
from replay.condition import Condition, Failures
from replay.event import Event
from replay.filters import event_values

OF_A_STATE = ("state", "aggregate")
AT_A_POINT = (*OF_A_STATE, "n", "event")
"""`n` is the number of events that are in the state, `event` the last of them."""


class StateCondition:
    """A compiled condition on states; one that lacks what is asked for does not match.

    `event` has the members that conditions on events name, such as `event.type`; before the first
    event there is none, and what asks for it does not match.
    """

    def __init__(self, text: str, names: tuple[str, ...] = AT_A_POINT) -> None:
        """Compile the condition.

        Raises:
            UsageError: it is no CEL, names something else, calls what is not there, or asks for
                none of the names.
        """
        self.text = text
        self._is_at_points = "n" in names
        self._condition = Condition(text, names, "state")
        if not self._condition.asks:
            raise UsageError(
                "The condition asks nothing of the state; write it of `state`, such as "
                'state.status == "CANCELLED".'
            )

    @property
    def is_of_the_state_alone(self) -> bool:
        """Whether the state decides it, and not where in the story it is asked."""
        return self._condition.asks <= set(OF_A_STATE)

    @property
    def failures(self) -> Failures:
        """On how many states it could not be evaluated."""
        return self._condition.failures

    def matches(
        self, state: Json, aggregate: str, *, n: int = 0, event: Event | None = None
    ) -> bool:
        """Whether the condition is true of the state after `n` events, the last being `event`."""
        values: dict[str, Json] = {"state": state, "aggregate": aggregate, "n": n}
        if event is not None and "event" in self._condition.asks:
            values["event"] = event_values(event)
        return self._condition.holds(values, f"#{n}" if self._is_at_points else aggregate)
