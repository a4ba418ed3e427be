"""The embedded demo behind the screen: made when it is first opened, so no frame waits for it."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from readers.errors import SourceRefused
from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.source import Source
from tui.commands.screen import run_app
from tui.settings import TEMPORARY_PREFIX, Settings, now_ms


def show_embedded_demo(settings: Settings, target: str | None) -> None:
    """The screen on a demo of its own, with its services at work."""
    with embedded_demo(allow_writes=settings.allow_writes) as demo:
        run_app(settings, demo.spec, target, demo.open)


@contextmanager
def embedded_demo(*, allow_writes: bool) -> Iterator["EmbeddedDemo"]:
    """A demo in a file that is removed behind it."""
    with tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX) as folder:
        path = Path(folder) / "demo.kstory"
        spec = SourceSpec("recording", str(path), profile="demo", allow_writes=allow_writes)
        with closing(EmbeddedDemo(spec)) as demo:
            yield demo


class EmbeddedDemo:
    """The demo of one screen, in a file that is not there yet; any thread may call it."""

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec
        self._lock = threading.Lock()
        self._at_work = ExitStack()
        self._is_made = False
        self._is_closed = False

    def open(self) -> Source:
        """Open it; the first call makes it, which takes a second, and lets it go on.

        Raises:
            SourceRefused: it has been closed.
        """
        with self._lock:
            if self._is_closed:
                raise SourceRefused("The demo has been left.")
            if not self._is_made:
                self._make()
                self._is_made = True
        return open_source(self.spec)

    def _make(self) -> None:
        from replay.demo.dataset import write_demo
        from replay.demo.outlet import going_on_with
        from tui.commands.demo import running

        path = Path(self.spec.address)
        written = write_demo(path, end_ms=now_ms())
        if self._at_work.enter_context(going_on_with(path)):
            self._at_work.enter_context(running(self.spec, written))

    def close(self) -> None:
        """Let it go on no longer; where it is just being made, that is waited for."""
        with self._lock:
            self._is_closed = True
            self._at_work.close()
