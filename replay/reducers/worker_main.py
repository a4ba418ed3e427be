"""The process that runs other people's reducers: `python -m replay.reducers.worker_main`.

It is told what to load, then answers requests until its pipe ends. What the reducer prints goes
nowhere, and what it does to this process hurts nobody else.
"""

import os
import resource
import threading
import time
from collections.abc import Iterator
from typing import Any

from replay.reducers.foreign import Raised, Returned, call
from replay.reducers.frames import Frames, PeerGone
from replay.reducers.loading import load_here
from replay.reducers.reducer import Reducer
from replay.reducers.stepping import Given, Keeping, Stepped

FLUSH_S = 0.01
"""Results are handed over this often: whoever waits knows by that whether an event hangs."""
_LOOK_S = 1.0


def main() -> None:
    """Serve one parent, then end."""
    frames = _own_pipes()
    os.register_at_fork(after_in_child=lambda: os._exit(0))  # a second one would answer too
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    try:
        asked = frames.receive()
        _limit_memory(asked["memory_bytes"])
        reducer = _load(frames, asked["load"])
        while reducer is not None:
            _answer(frames, reducer, frames.receive())
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
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _load(frames: Frames, text: str) -> Reducer | None:
    match call(lambda: load_here(text)):
        case Returned(reducer):
            frames.send(
                {
                    "name": reducer.name,
                    "event_types": sorted(reducer.event_types),
                    "initial": reducer.initial is not None,
                    "check": reducer.check is not None,
                }
            )
            return reducer
        case Raised(error):
            frames.send({"error": error})
            return None


def _answer(frames: Frames, reducer: Reducer, asked: dict[str, Any]) -> None:
    match asked:
        case {"first": aggregate}:
            frames.send(_first(reducer, aggregate))
        case {"check": state}:
            frames.send({"broken": reducer.broken_rules(state.encode())})
        case {"state": state, "events": events, "after_s": after_s, "after_events": after_events}:
            given = [Given(data, apply) for data, apply in events]
            keeping = Keeping(after_s, after_events)
            _stream(frames, reducer.steps(state.encode(), given, keeping))


def _first(reducer: Reducer, aggregate: str) -> dict[str, str]:
    match reducer.first(aggregate):
        case Returned(state):
            return {"state": state.decode()}
        case Raised(error):
            return {"error": error}


def _stream(frames: Frames, steps: Iterator[Stepped]) -> None:
    """Hand over what is done every now and then, and an empty list when all is."""
    waiting: list[tuple[object, ...]] = []
    flushed_s = time.monotonic()
    for step in steps:
        after = None if step.after is None else step.after.decode()
        waiting.append((step.applied, step.error, step.says, after, step.took_s))
        if time.monotonic() - flushed_s > FLUSH_S:
            frames.send(waiting)
            waiting, flushed_s = [], time.monotonic()
    if waiting:
        frames.send(waiting)
    frames.send([])


if __name__ == "__main__":
    main()
