"""A bulk read by several processes, each with some of the partitions, onto one stdout.

What makes lines of records is Python, of which a process runs one thread at a time.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, cast

from readers.errors import KstoryError, SourceUnreachable
from readers.record import Span
from readers.source import Notice
from readers.topic_names import topic_names
from replay.condition import Failures
from replay.ranges import LastRecords
from replay.stream_config import streams_of
from tui.collector import collecting_rarely
from tui.crash import Reported, report_crash
from tui.opening import opened
from tui.output import ReaderGone
from tui.printing import Printer
from tui.settings import Settings
from tui.tailing import Asked, Told, in_bulk

if TYPE_CHECKING:  # loaded where there is something to share
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from multiprocessing.synchronize import Lock

WORTH_OFFSETS = 200_000
"""A process takes as long to begin as it takes for a third of these."""
_PROCESSES_MAX = 4
_STDOUT = 1
_LOOK_EVERY_S = 1.0
_ENDED = "One of the processes that read it was ended, and what it had left is missing."


@dataclass(frozen=True, slots=True)
class _Part:
    """What one process prints."""

    settings: Settings
    asked: Asked
    spans: Sequence[Span]
    several: bool


class SideBySide:
    """Processes beside this one; they are ended with the block at the latest."""

    def __init__(self, settings: Settings, asked: Asked, *, several: bool) -> None:
        """Nothing begins before `share`; see `Printer` for `several`."""
        self._settings, self._asked, self._several = settings, asked, several
        self._processes: dict[Connection, BaseProcess] = {}
        self._lock: Lock | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold it while something is written.

        Raises:
            SourceUnreachable: one of the others was ended while it wrote.
        """
        lock = self._lock
        if lock is None:
            yield
            return
        while not lock.acquire(timeout=_LOOK_EVERY_S):
            if any(each.exitcode not in (None, 0) for each in self._processes.values()):
                raise SourceUnreachable(_ENDED)
        try:
            yield
        finally:
            lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        for pipe, process in self._processes.items():
            process.terminate()
            process.join()
            pipe.close()
        self._processes.clear()
        self._lock = None

    def share(self, spans: Sequence[Span]) -> Sequence[Span]:
        """Let them begin with some of it; what is left to be printed here."""
        may = may_share(self._settings, self._asked, is_stdout_inherited=_is_stdout_inherited())
        count = _processes_worth(spans) if may else 1
        if count == 1:
            return spans
        own, *others = _dealt(spans, count)
        try:
            # What was resolved of the source goes along: a password's command is asked once.
            self._begin(
                [_Part(self._settings, self._asked, each, self._several) for each in others]
            )
        except OSError:  # this system gives no more processes, or no locks for them
            self._end()
            return spans
        return own

    def check(self, told: Told) -> None:
        """Tell what they say; raises what stopped one of them."""
        self._hear(told, 0)

    def wait(self, told: Told) -> None:
        """Wait until all of them are done."""
        while self._processes:
            self._hear(told, None)

    def _begin(self, parts: Sequence[_Part]) -> None:
        from multiprocessing import get_context

        start = get_context("spawn")  # a fork would copy the Kafka client's locks, not its threads
        self._lock = start.Lock()
        for part in parts:
            ours, theirs = start.Pipe(duplex=False)
            process = start.Process(
                target=_print_part, args=(part, self._lock, theirs), daemon=True
            )
            _start_without_interrupt(process)
            theirs.close()
            self._processes[ours] = process

    def _hear(self, told: Told, timeout_s: float | None) -> None:
        if not self._processes:
            return
        from multiprocessing.connection import wait

        for pipe in cast("list[Connection]", wait(list(self._processes), timeout_s)):
            try:
                said = pipe.recv()
            except EOFError:
                raise SourceUnreachable(_ENDED) from None
            if isinstance(said, Notice):
                told.tell([said])
            elif isinstance(said, Failures):
                self._processes.pop(pipe).join()
                pipe.close()
                if self._asked.where is not None:
                    self._asked.where.failures.add(said)
            else:
                raise said


def may_share(settings: Settings, asked: Asked, *, is_stdout_inherited: bool) -> bool:
    """Whether the order and the number of what is printed leave it open who prints it."""
    return (
        settings.spec.kind == "kafka"
        and settings.spec.max_bytes_per_s is None
        and asked.limit is None
        and not isinstance(asked.start, LastRecords)
        and not asked.is_search
        and is_stdout_inherited
    )


def _is_stdout_inherited() -> bool:
    try:
        return sys.stdout is not None and sys.stdout.fileno() == _STDOUT
    except OSError:  # what stands in for it has none
        return False


def _processes_worth(spans: Sequence[Span]) -> int:
    offsets = sum(span.width for span in spans)
    most = min(_PROCESSES_MAX, os.cpu_count() or 1, len(spans))
    return max(1, min(most, offsets // WORTH_OFFSETS))


def _dealt(spans: Iterable[Span], count: int) -> list[list[Span]]:
    """The spans in so many parts, about equally wide together."""
    parts: list[list[Span]] = [[] for _ in range(count)]
    for span in sorted(spans, key=lambda each: each.width, reverse=True):
        min(parts, key=lambda part: sum(each.width for each in part)).append(span)
    return parts


def _start_without_interrupt(process: "BaseProcess") -> None:
    """It ends with this one, and an interrupt is for this one: it inherits that none reaches it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# In another process.


class _ToldByPipe(Told):
    """The process that was started first says it."""

    def __init__(self, pipe: "Connection") -> None:
        super().__init__()
        self._pipe = pipe

    def tell(self, notices: Sequence[Notice]) -> None:
        """Pass them on."""
        for notice in notices:
            self._pipe.send(notice)


def _print_part(part: _Part, lock: "Lock", pipe: "Connection") -> None:
    """Print it; the last that is said is what failed, or else how often a condition did."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _print(part, lock, _ToldByPipe(pipe))
        pipe.send(Failures() if part.asked.where is None else part.asked.where.failures)
    except (KstoryError, ReaderGone) as error:
        pipe.send(error)
        os._exit(0)  # at a usual end Python would try once more to write what could not be
    except Exception as error:  # noqa: BLE001 - this process's one place
        pipe.send(Reported(report_crash(error)))
        os._exit(0)


def _print(part: _Part, lock: "Lock", told: Told) -> None:
    with collecting_rarely(), opened(part.settings) as source:
        streams = streams_of(part.settings.config.streams, topic_names(source))
        printer = Printer(part.settings, streams, several=part.several, turn=lambda: lock)
        for records in in_bulk(source, part.spans, told):
            wanted = part.asked.wanted(records, printer.event)
            if wanted:
                printer.print(wanted)


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
