"""Reducers by name (entry point `kstory.reducers`) and by file (`FILE.py:NAME`), and the default.

A file runs only because someone named it; nothing is ever loaded for lying in a folder. kstory's
own run in its process, other people's in a worker.
"""

import importlib.util
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from readers.errors import UsageError
from readers.plugins import plugins
from replay.reducers import debezium, last, merge, order
from replay.reducers.foreign import Raised, Returned, call
from replay.reducers.limits import Limits
from replay.reducers.naming import is_file
from replay.reducers.reducer import Reducer, as_reducer
from replay.reducers.stepping import Runner
from replay.reducers.worker import WorkerReducer
from replay.streams import Stream

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "kstory.reducers"
_BUILT_IN = {"order": order, "merge": merge, "last": last, "debezium": debezium}
FALLBACK = as_reducer("merge", merge)


def load_reducer(text: str, limits: Limits | None = None) -> Runner:
    """The reducer of this name, or the one in this file, ready to be run.

    Raises:
        UsageError: there is none, or loading it fails.
    """
    if text in _BUILT_IN:
        return as_reducer(text, _BUILT_IN[text])
    return WorkerReducer(text, limits)


def load_here(text: str) -> Reducer:
    """The same, in this process: for the worker.

    Raises:
        UsageError: there is none, or loading it fails.
    """
    if text in _BUILT_IN:
        return as_reducer(text, _BUILT_IN[text])
    if is_file(text):
        return _from_file(text)
    for entry in plugins(GROUP, text):
        return _from_entry_point(entry)
    known = ", ".join(sorted(reducer_names()))
    raise UsageError(f"There is no reducer {text!r}; known are {known}, or name FILE.py:FUNCTION.")


def reducer_of(stream: Stream, named: str | None = None) -> Runner | None:
    """The reducer that was named, or the stream's; None leaves it to the events.

    It may cost what the stream's configuration allows.

    Raises:
        UsageError: it does not load, or the stream's may not be run.
    """
    if named is None and stream.reducer_refused is not None:
        raise UsageError(stream.reducer_refused)
    name = named or stream.reducer
    return None if name is None else load_reducer(name, limits_of(stream))


def limits_of(stream: Stream) -> Limits:
    """What other people's reducers may cost on this stream."""
    return Limits(stream.reducer_timeout_ms / 1000, stream.reducer_memory_mb << 20)


def reducer_names() -> set[str]:
    """The names that `load_reducer` knows; nothing is loaded to tell."""
    return {*_BUILT_IN, *(entry.name for entry in plugins(GROUP))}


def choose_reducer(types: Iterable[str | None]) -> Reducer:
    """The built-in one written for most of these event types; `merge` where none is."""
    counts = Counter(types)
    for name, module in _BUILT_IN.items():
        reducer = as_reducer(name, module)
        known = sum(count for kind, count in counts.items() if kind in reducer.event_types)
        if known * 2 > counts.total():
            return reducer
    return FALLBACK


def _from_entry_point(entry: "EntryPoint") -> Reducer:
    return as_reducer(entry.name, _loaded(entry.name, entry.load))


def _from_file(text: str) -> Reducer:
    file, _, name = (text, "", "") if text.endswith(".py") else text.rpartition(":")
    path = Path(file).expanduser()
    if not path.is_file():
        raise UsageError(f"There is no file {path}; write the reducer as FILE.py:FUNCTION.")
    spec = importlib.util.spec_from_file_location(f"kstory_reducer_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pickle look their module up there
    sys.path.append(str(path.absolute().parent))  # last: a neighbour stands in for nothing else
    _loaded(text, partial(spec.loader.exec_module, module))
    if name in ("", "reduce"):
        return as_reducer(text, module)
    if not hasattr(module, name):
        raise UsageError(f"{text}: the file has no {name}.")
    return as_reducer(text, getattr(module, name))


def _loaded(name: str, load: Callable[[], object]) -> object:
    match call(load):
        case Returned(thing):
            return thing
        case Raised(error):
            raise UsageError(f"The reducer {name} does not load: {error}.")
