"""The process of a reducer's worker: started when it is needed, ended with whoever needed it."""

import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from readers.errors import UsageError
from replay.reducers.frames import Frames, NoAnswer, PeerGone
from replay.reducers.limits import Limits

_START_TIMEOUT_S = 20.0
# The process sees the packages that this one sees, and nothing for lying in the working directory.
_BOOT = (
    "import sys; sys.path[:] = sys.argv[1:]; from replay.reducers.worker_main import main; main()"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a process says of the reducer that it loaded.

    Attributes:
        files: those it was loaded from, and when they were last written to and how large they are.
    """

    name: str
    event_types: frozenset[str]
    code_sha256: str | None
    has_initial: bool
    has_check: bool
    files: Mapping[str, tuple[int, int]]


class WorkerProcess:
    """One process at a time that runs one reducer."""

    def __init__(self, load: str, limits: Limits, hash_seed: int, examined: bool) -> None:
        """Start it.

        Raises:
            UsageError: the reducer does not load.
        """
        self._load = load
        self._limits = limits
        self._hash_seed = hash_seed
        self._examined = examined
        self._frames: Frames | None = None
        self._end: Callable[[], object] | None = None
        self.told = self._started()
        self._stamps: Mapping[str, tuple[int, int] | None] = self.told.files

    def frames(self) -> Frames:
        """The way to talk to it; it is started where it is not running.

        Raises:
            PeerGone: it cannot be started any more: its file was changed, or is gone.
        """
        if self._frames is None:
            try:
                self._started()
            except UsageError as error:
                raise PeerGone from error
        assert self._frames is not None
        return self._frames

    def changed(self) -> bool:
        """Whether a file that it was loaded from was written to since, or is gone."""
        return any(stamp_of(file) != stamp for file, stamp in self._stamps.items())

    def note_change(self) -> None:
        """What was written to the files by now is known: `changed` is about what comes later."""
        self._stamps = {file: stamp_of(file) for file in self._stamps}

    def close(self) -> None:
        """End it, and all that it started."""
        self._frames = None
        if self._end is not None:
            self._end()

    def _started(self) -> Told:
        # Where nobody closes it, it ends when this object goes, or Python does.
        try:
            process, frames = _start(self._hash_seed)
        except OSError as error:
            raise UsageError(f"No process can be started for {self._load}: {error}.") from error
        self._frames = frames
        self._end = weakref.finalize(self, _end, process, frames)
        asked = {
            "load": self._load,
            "memory_bytes": self._limits.memory_bytes,
            "examined": self._examined,
        }
        try:
            frames.send(asked, timeout_s=_START_TIMEOUT_S)
            told, _ = frames.receive(_START_TIMEOUT_S)
        except (PeerGone, NoAnswer) as error:
            self.close()
            raise UsageError(
                f"The reducer {self._load} does not load: its process ended, or gave no answer in "
                f"{_START_TIMEOUT_S:.0f} s."
            ) from error
        if "error" in told:
            self.close()
            raise UsageError(f"{told['error']}".removeprefix("UsageError: "))
        return _told(told)


def stamp_of(file: str) -> tuple[int, int] | None:
    """When a file was last written to, in ns, and its size; None where there is none."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _told(told: Mapping[str, Any]) -> Told:
    return Told(
        name=told["name"],
        event_types=frozenset(told["event_types"]),
        code_sha256=told["code_sha256"],
        has_initial=told["initial"],
        has_check=told["check"],
        files={file: (mtime, size) for file, mtime, size in told["files"]},
    )


def _start(hash_seed: int) -> "tuple[subprocess.Popen[bytes], Frames]":
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _BOOT, *filter(None, sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    frames = Frames(os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno()))
    process.stdin.close()
    process.stdout.close()
    return process, frames


def _end(process: "subprocess.Popen[bytes]", frames: Frames) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    frames.close()
