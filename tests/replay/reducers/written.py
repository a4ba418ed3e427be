"""Reducers in files, for tests."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import orjson

from replay.reducers.stepping import NULL, Given, Runner, Stepped, every_state


def write(path: Path, text: str) -> str:
    """The file's path, as `--reducer` takes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text))
    return str(path)


def given(*values: Any) -> list[Given]:
    """Events with these values."""
    return [
        Given(orjson.dumps({"aggregate": "order-1", "offset": n, "value": value}))
        for n, value in enumerate(values)
    ]


def run(reducer: Runner, *values: Any, state: bytes = NULL) -> Sequence[Stepped]:
    """What became of each, with its state."""
    return list(reducer.steps(state, given(*values), every_state()))


def states(steps: Sequence[Stepped], before: Any = None) -> list[Any]:
    """The states after each; one that failed leaves the state before it."""
    found = []
    for step in steps:
        before = before if step.after is None else orjson.loads(step.after)
        found.append(before)
    return found
