"""The process that runs other people's reducers; worker_process.py starts it.

It is told what to load, then answers requests until its pipe ends. What the reducer prints goes
nowhere, and what it does to this process hurts nobody else.
"""

import os
import resource
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from replay.reducers.code import code_sha256
from replay.reducers.examining import examined
from replay.reducers.foreign import Raised, Returned, call
from replay.reducers.frames import Frames, PeerGone
from replay.reducers.loading import load_here
from replay.reducers.reducer import Reducer
from replay.reducers.stepping import NULL, Given, Keeping, Stepped, run_steps
from replay.reducers.worker_process import stamp_of

FLUSH_S = 0.01
"""Results are handed over this often: whoever waits knows by that whether an event hangs."""
_LOOK_S = 1.0
_MOST_CPU_S = 300
"""For one request; its parent stops it long before, if there still is one."""


def main() -> None:
    """Serve one parent, then end."""
    frames = _own_pipes()
    os.register_at_fork(after_in_child=lambda: os._exit(0))  # a second one would answer too
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    try:
        asked, _ = frames.receive()
        _limit_memory(asked["memory_bytes"])
        reducer = _load(frames, asked["load"])
        if reducer is not None and asked["examined"]:
            reducer = examined(reducer)
        while reducer is not None:
            asked, lines = frames.receive()
            _limit_cpu()
            _answer(frames, reducer, asked, lines)
    except PeerGone:
        pass  # nobody is left to be told
    os._exit(0)  # whatever threads and exit handlers the reducer left behind


def _own_pipes() -> Frames:
    """Keep stdin and stdout for ourselves; what the reducer reads and prints is nothing."""
    frames = Frames(os.dup(0), os.dup(1))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return frames


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(0)


def _limit_memory(most_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "darwin":
        return  # it refuses this limit
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most_bytes = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


def _limit_cpu() -> None:
    """A reducer that never lets another thread run does not outlive its parent for ever."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most_s = int(used.ru_utime + used.ru_stime) + _MOST_CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (most_s, resource.RLIM_INFINITY))


def _load(frames: Frames, text: str) -> Reducer | None:
    before = set(sys.modules)
    match call(lambda: load_here(text)):
        case Returned(reducer):
            files = list(_own_files(set(sys.modules) - before))
            frames.send(
                {
                    "name": reducer.name,
                    "event_types": sorted(reducer.event_types),
                    "initial": reducer.initial is not None,
                    "check": reducer.check is not None,
                    "files": files,
                    "code_sha256": code_sha256(reducer.reduce, [file for file, *_ in files]),
                }
            )
            return reducer
        case Raised(error):
            frames.send({"error": error})
            return None


def _own_files(modules: set[str]) -> Iterator[tuple[str, int, int]]:
    """Of modules that the reducer brought along: their files, but for Python's and packages'."""
    python = Path(os.__file__).parent
    for name in modules:
        file = getattr(sys.modules.get(name), "__file__", None)
        if not isinstance(file, str) or python in Path(file).parents or _is_installed(file):
            continue
        stamp = stamp_of(file)
        if stamp is not None:
            yield file, *stamp


def _is_installed(file: str) -> bool:
    return not {"site-packages", "dist-packages"}.isdisjoint(Path(file).parts)


def _answer(frames: Frames, reducer: Reducer, asked: dict[str, Any], lines: list[bytes]) -> None:
    match asked:
        case {"first": aggregate}:
            match reducer.first(aggregate):
                case Returned(state):
                    frames.send({}, [state])
                case Raised(error):
                    frames.send({"error": error})
        case {"check": _}:
            checked = reducer.checked(lines[0])
            frames.send({"broken": checked.broken, "failure": checked.failure})
        case {"applies": applies, "keeping": keeping}:
            given = [
                Given(line or None, apply) for line, apply in zip(lines[1:], applies, strict=True)
            ]
            _stream(frames, reducer, lines[0], given, Keeping(*keeping))


def _stream(
    frames: Frames, reducer: Reducer, state: bytes, given: Sequence[Given], keeping: Keeping
) -> None:
    """Hand over what is done every now and then, and the last state when all is."""
    waiting: list[Stepped] = []
    flushed_s = time.monotonic()
    for step in run_steps(reducer, state, given, keeping):
        if time.monotonic() - flushed_s > FLUSH_S:
            _flush(frames, waiting)
            flushed_s = time.monotonic()
        waiting.append(step)
    state = waiting[-1].after or NULL
    if keeping.events:  # the last one's state is there anyway, but it is not one to keep
        waiting[-1] = replace(waiting[-1], after=None)
    _flush(frames, waiting)
    frames.send({"done": [keeping.spent_s, keeping.events]}, [state])


def _flush(frames: Frames, waiting: list[Stepped]) -> None:
    steps = [
        (s.applied, s.error, s.says, s.replaces, round(s.took_s, 6), s.after is not None)
        for s in waiting
    ]
    frames.send({"steps": steps}, [s.after for s in waiting if s.after is not None])
    waiting.clear()
