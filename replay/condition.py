"""A condition in CEL, compiled once, that may name some things and nothing else."""

import re
from collections.abc import Mapping

from readers.decoders.payload import Json
from readers.errors import UsageError

_TYPES = ("bool", "bytes", "double", "duration", "int", "list", "map", "string", "uint")
_BOUND = re.compile(r"\.(?:all|exists|exists_one|filter|map)\(\s*(\w+)\s*,(?:\s*(\w+)\s*,)?")
_CARET = re.compile(r"ERROR: <input>:\d+:(\d+): (.*)")


class Condition:
    """A compiled condition on what `names` stand for; `whose` says in errors what has them.

    Attributes:
        asks: which of the names it uses.
    """

    def __init__(self, text: str, names: tuple[str, ...], whose: str) -> None:
        """Compile it.

        Raises:
            UsageError: it is no CEL, or it names something else.
        """
        # Only when a condition is typed: the package loads its own command line, which takes 0.4 s.
        import cel

        try:
            self._program = cel.compile(text)
        except ValueError as error:
            raise UsageError(f"The condition is not valid CEL: {_place(error)}.") from error
        used = set(self._program.variables())
        bound = {name for found in _BOUND.findall(text) for name in found}
        unknown = sorted(used - {*names, *_TYPES, *bound})
        if unknown:
            raise UsageError(
                f"The condition names {unknown[0]!r}, which no {whose} has; "
                f"it may name {', '.join(names)}."
            )
        self.asks = frozenset(used & set(names))

    def holds(self, values: Mapping[str, Json]) -> bool:
        """Whether it is true; one that asks for what is not there, or of another type, is not."""
        try:
            return self._program.execute(dict(values)) is True
        except (LookupError, TypeError, ValueError, RuntimeError, ArithmeticError):
            return False


def _place(error: ValueError) -> str:
    match = _CARET.search(str(error))
    return f"at character {match[1]}, {match[2]}" if match else str(error).splitlines()[0]
