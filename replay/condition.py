"""A condition in CEL, compiled once, that may name some things and nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from readers.decoders.payload import Json
from readers.errors import UsageError

_TYPES = ("bool", "bytes", "double", "duration", "int", "list", "map", "string", "uint")
_FUNCTIONS = (
    "bytes", "contains", "double", "duration", "dyn", "endsWith", "getDate", "getDayOfMonth",
    "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds", "getMinutes",
    "getMonth", "getSeconds", "int", "matches", "size", "startsWith", "string", "timestamp",
    "type", "uint",
)  # fmt: skip
"""Those of CEL's own that the package has; it knows of a condition only which ones it calls."""
_CALLED = re.compile(r"[A-Za-z]\w*", re.ASCII)
_TAKES = re.compile(r"Undefined variable or function: '(\w+)'")
_BOUND = re.compile(r"\.(?:all|exists|exists_one|filter|map)\(\s*(\w+)\s*,(?:\s*(\w+)\s*,)?")
_CARET = re.compile(r"ERROR: <input>:\d+:(\d+): (.*)")


@dataclass(slots=True)
class Failures:
    """How often something was asked, and how often it could not be said.

    Attributes:
        told: how often it was true or false for being looked at, and not for asking for what is
            not there.
        first_at, why: where it failed first, and for what reason.
    """

    asked: int = 0
    told: int = 0
    failed: int = 0
    first_at: str = ""
    why: str = ""

    def note(self, at: object, why: str) -> None:
        """It could not be said here."""
        if not self.failed:
            self.first_at, self.why = str(at), why
        self.failed += 1

    def add(self, others: "Failures") -> None:
        """Count those of somebody else, who asked the same of others."""
        if others.failed and not self.failed:
            self.first_at, self.why = others.first_at, others.why
        self.asked += others.asked
        self.told += others.told
        self.failed += others.failed

    @property
    def is_useless(self) -> bool:
        """Whether it failed, and was never told."""
        return self.failed > 0 and self.told == 0

    @property
    def always_lacks(self) -> bool:
        """Whether all that it could be asked of lacked something that it asks for."""
        return self.asked > self.failed and self.told == 0

    def said(self, of: str) -> str:
        """In a sentence; `of` is what it was asked of, as in `of 10 states`."""
        return (
            f"could not be evaluated on {self.failed:,} of {self.asked:,} {of}, first on "
            f"{self.first_at}: {self.why}"
        )


class Condition:
    """A compiled condition on what `names` stand for; `whose` says in errors what has them.

    Attributes:
        asks: which of the names it uses.
        failures: how often it could not be evaluated.
    """

    def __init__(self, text: str, names: tuple[str, ...], whose: str) -> None:
        """Compile it.

        Raises:
            UsageError: it is no CEL, it names something else, or calls what is not there.
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
        for name in self._program.functions():
            if _CALLED.fullmatch(name) and name not in _FUNCTIONS:
                raise UsageError(f"The condition calls {name}(), {_not_there(name)}.")
        self.asks = frozenset(used & set(names))
        self.failures = Failures()

    def holds(self, values: Mapping[str, Json], at: object) -> bool:
        """Whether it is true here; it is not where it asks for what is not there, or is null.

        Where it cannot be evaluated it is not true either, and that is a failure.
        """
        self.failures.asked += 1
        try:
            found = self._program.execute(dict(values))
        except LookupError:
            return False
        except _ERRORS as error:
            if not self._asks_for_null(values):
                self.failures.note(at, _why(error))
            return False
        if found is None:
            return False
        if not isinstance(found, bool):
            self.failures.note(at, "it is neither true nor false, but a value")
            return False
        self.failures.told += 1
        return found

    def _asks_for_null(self, values: Mapping[str, Json]) -> bool:
        """Whether it fails for lack of something: null has no members, and is no number."""
        there = {name: _without_nulls(value) for name, value in values.items() if value is not None}
        if not self.asks <= there.keys():
            return True
        try:
            self._program.execute(there)
        except LookupError:
            return True
        except _ERRORS:
            return False
        return True


_ERRORS = (TypeError, ValueError, RuntimeError, ArithmeticError)


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _not_there(name: str) -> str:
    by_lower = {known.lower(): known for known in _FUNCTIONS}
    near = get_close_matches(name.lower(), by_lower, 1)
    return (
        f"which CEL does not have; it has {by_lower[near[0]]}()"
        if near
        else (f"which CEL does not have; it has {', '.join(sorted(_FUNCTIONS))}")
    )


def _why(error: Exception) -> str:
    text = str(error).splitlines()[0]
    takes = _TAKES.match(text)
    return f"{takes[1]}() cannot take what it is given" if takes else text.partition(". ")[0]


def _place(error: ValueError) -> str:
    match = _CARET.search(str(error))
    return f"at character {match[1]}, {match[2]}" if match else str(error).splitlines()[0]
