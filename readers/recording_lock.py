"""One writer of a recording at a time, in whatever process."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from readers.errors import SourceRefused

_TURN_S = 0.02


class WriterLock:
    """An advisory lock on a file of its own beside the recording.

    Not on the recording: closing any descriptor of it would drop SQLite's own locks
    (https://sqlite.org/howtocorrupt.html, section 2.2).
    """

    def __init__(self, path: str, wait_s: float = 0.0) -> None:
        """Take the lock; where another process has it, wait so long at most.

        Raises:
            SourceRefused: it still has it, or there can be none at this place.
        """
        self._path = path
        self._lock_path = f"{path}-lock"
        deadline_s = time.monotonic() + wait_s
        while not self._taken():
            if time.monotonic() >= deadline_s:
                raise SourceRefused(
                    f"{path} is being written by another kstory; stop that one first, "
                    "or open the recording to read it."
                )
            time.sleep(_TURN_S)

    def release(self) -> None:
        """Let the next writer in."""
        with suppress(FileNotFoundError):
            Path(self._lock_path).unlink()
        os.close(self._descriptor)

    def _taken(self) -> bool:
        while True:
            self._descriptor = self._open()
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._descriptor)
                return False
            if self._is_current():
                return True
            os.close(self._descriptor)  # the writer before removed this file as it left

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            return os.open(self._lock_path, flags, 0o600)
        except OSError as error:
            raise SourceRefused(
                f"{self._path} cannot be written ({error.strerror}); check its folder's "
                "permissions."
            ) from error

    def _is_current(self) -> bool:
        try:
            found = Path(self._lock_path).stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(found, os.fstat(self._descriptor))
