"""Conditions on an aggregate's state, in CEL: `state.status == "CANCELLED"`."""

from readers.decoders.payload import Json
from readers.errors import UsageError

_NAMES = frozenset({"state", "aggregate"})


class StateFilter:
    """A compiled condition on states; one that lacks what is asked for does not match."""

    def __init__(self, text: str) -> None:
        """Compile the condition.

        Raises:
            UsageError: it is no CEL, or does not ask for the state.
        """
        import cel  # only when a condition is typed: it takes 0.4 s to load

        self.text = text
        try:
            self._program = cel.compile(text)
        except ValueError as error:
            reason = str(error).splitlines()[0]
            raise UsageError(f"The condition --when is not valid CEL: {reason}.") from error
        if not _NAMES & set(self._program.variables()):
            raise UsageError(
                "The condition --when asks nothing of the state; write it of `state`, such as "
                'state.status == "CANCELLED".'
            )

    def matches(self, state: Json, aggregate: str) -> bool:
        """Whether the condition is true of the state."""
        try:
            return self._program.execute({"state": state, "aggregate": aggregate}) is True
        except (LookupError, TypeError, ValueError, RuntimeError, ArithmeticError):
            return False  # a missing field, or one of another type: not true of this state
