"""The one thread that owns the source; everybody else puts jobs on its queue."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress

from textual.message_pump import MessagePump

from readers.errors import KstoryError, SourceRefused
from readers.source import Connection, ConnectionState, Source
from tui.messages import JobEnded, JobFailed, JobMessage, ThreadCrashed

Work = Callable[[Source], Iterator[JobMessage | None]]
"""What a job does: each step takes 0.2 s at most and yields a message, or None for nothing yet.

A work that is to be retried is called anew, and begins where it stopped: it keeps its own place.
"""

UNHANDLED_LIMIT = 2
"""Batches of a job under way to the interface; with so many, its thread waits."""
FOLLOW_PAUSE_S = 1.0
"""While others work, a follow gets a step this often: an idle one takes 0.2 s."""
RETRY_DELAYS_S = (0.5, 1.0, 2.0, 5.0)
CLOSE_TIMEOUT_S = 0.5


class Job:
    """Work under way, as the one who asked for it sees it; any thread may call it."""

    def __init__(self, session: "Session", work: Work, to: MessagePump, *, retries: bool) -> None:
        self._session = session
        self._work = work
        self._to = to
        self._steps: Iterator[JobMessage | None] | None = None
        self.retries = retries
        self.failures = 0
        self.not_before_s = 0.0
        self.unhandled = 0
        self._lock = threading.Lock()
        self.cancelled = False

    def cancel(self) -> None:
        """Nothing more of it counts; its thread lets go of it after the step it is in."""
        self.cancelled = True
        self._session.wake()

    def step(self, source: Source) -> JobMessage | None:
        """The next of its messages. Only the session's thread may call it.

        Raises:
            StopIteration: it has ended.
        """
        if self._steps is None:
            self._steps = self._work(source)
        message = next(self._steps)
        self.failures = 0
        return message

    def let_go(self) -> None:
        """Run the work's own clearing up. Only the session's thread may call it."""
        steps, self._steps = self._steps, None
        close = getattr(steps, "close", None)
        if close is not None:
            close()

    def tell(self, message: JobMessage) -> None:
        """Post a message, counted as unhandled until its receiver is done with it."""
        message.job = self
        with self._lock:
            self.unhandled += 1
        # A pump's messages are handled in order: the second call comes when the first is done.
        if not (self._to.post_message(message) and self._to.call_later(self._handled)):
            self.cancelled = True  # its receiver is gone

    def _handled(self) -> None:
        with self._lock:
            self.unhandled -= 1
        self._session.wake()


class Session:
    """Runs jobs on a source, in one thread that opens it first, so that nobody waits for it.

    Foreground jobs take turns, a step each. One follow runs beside and between them. What goes
    wrong is posted to the one who asked; what nobody expected, to the app.
    """

    def __init__(self, open_source: Callable[[], Source], app: MessagePump) -> None:
        self._open_source = open_source
        self._app = app
        self._changed = threading.Condition()
        self._foreground: deque[Job] = deque()
        self._follow: Job | None = None
        self._replaced: list[Job] = []
        self._followed_s = 0.0
        self._source: Source | None = None
        self._closing = False
        self._opening = Connection(ConnectionState.OPENING, time.monotonic())
        self._thread = threading.Thread(target=self._run, name="source", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def submit(self, work: Work, to: MessagePump) -> Job:
        """Queue a foreground job; what it yields is posted to `to`, then `JobEnded`."""
        job = Job(self, work, to, retries=False)
        with self._changed:
            self._foreground.append(job)
            self._changed.notify()
        return job

    def follow(self, work: Work, to: MessagePump) -> Job:
        """Start the one follow, instead of the one before; it is retried when it fails."""
        job = Job(self, work, to, retries=True)
        with self._changed:
            if self._follow is not None:
                self._follow.cancelled = True
                self._replaced.append(self._follow)
            self._follow = job
            self._changed.notify()
        return job

    def connection(self) -> Connection:
        """How the source is doing, without waiting."""
        source = self._source
        return self._opening if source is None else source.connection()

    def wake(self) -> None:
        """Let the thread look again at what there is to do."""
        with self._changed:
            self._changed.notify()

    def close(self) -> None:
        """Ask the thread to end; `join` waits for it."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def join(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Wait for the thread's end; False if it takes longer."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._closing:
                job = self._wait_for_job()
                if job is not None:
                    self._step(job)
        except Exception as error:  # noqa: BLE001 - this thread's one place; it ends the app
            self._app.post_message(ThreadCrashed(error))
        finally:
            self._let_go_of_all()

    def _let_go_of_all(self) -> None:
        with self._changed:
            left = [*self._foreground, *self._replaced]
            left += [self._follow] if self._follow is not None else []
        try:
            for job in left:  # what it holds, such as a write under way, is closed first
                with suppress(KstoryError):  # nobody is left to be told
                    job.let_go()
        finally:
            if self._source is not None:
                self._source.close()

    def _wait_for_job(self) -> Job | None:
        for gone in self._drop_cancelled():
            gone.let_go()  # outside the lock: it may take its time, and the interface submits jobs
        with self._changed:
            now_s = time.monotonic()
            job = self._next_job(now_s)
            if job is None and not self._closing and not self._any_cancelled():
                self._changed.wait(self._until_retry_s(now_s))
            return job

    def _any_cancelled(self) -> bool:
        follow = self._follow
        return any(job.cancelled for job in self._foreground) or (
            follow is not None and follow.cancelled
        )

    def _drop_cancelled(self) -> list[Job]:
        with self._changed:
            gone = [job for job in self._foreground if job.cancelled]
            self._foreground = deque(job for job in self._foreground if not job.cancelled)
            gone += self._replaced
            self._replaced = []
            if self._follow is not None and self._follow.cancelled:
                gone.append(self._follow)
                self._follow = None
            return gone

    def _next_job(self, now_s: float) -> Job | None:
        def ready(job: Job | None) -> bool:
            return (
                job is not None
                and not job.cancelled
                and job.unhandled < UNHANDLED_LIMIT
                and now_s >= job.not_before_s
            )

        first = next((job for job in self._foreground if ready(job)), None)
        waited = now_s - self._followed_s >= FOLLOW_PAUSE_S
        if ready(self._follow) and (waited or first is None):
            return self._follow
        return first

    def _until_retry_s(self, now_s: float) -> float | None:
        jobs = [self._follow, *list(self._foreground)[:1]]
        waits = [job.not_before_s - now_s for job in jobs if job and job.not_before_s > now_s]
        return min(waits, default=None)

    def _step(self, job: Job) -> None:
        try:
            message = job.step(self._opened())
        except StopIteration:
            self._end(job, JobEnded())
        except KstoryError as error:
            self._fail(job, error)
        else:
            if message is not None and not job.cancelled:
                job.tell(message)
            with self._changed:  # the next step is another's: a long search holds up no one
                self._foreground.rotate(-1)
        if job is self._follow:
            self._followed_s = time.monotonic()

    def _opened(self) -> Source:
        if self._source is None:
            try:
                self._source = self._open_source()
            except KstoryError as error:
                self._opening = Connection(ConnectionState.GONE, time.monotonic(), str(error))
                raise
        return self._source

    def _fail(self, job: Job, error: KstoryError) -> None:
        retrying = job.retries and not isinstance(error, SourceRefused)
        if not retrying:
            self._end(job, JobFailed(error, retrying=False))
            return
        job.let_go()
        delay_s = RETRY_DELAYS_S[min(job.failures, len(RETRY_DELAYS_S) - 1)]
        job.failures += 1
        job.not_before_s = time.monotonic() + delay_s
        if job.failures == 1:  # an outage is told once
            job.tell(JobFailed(error, retrying=True))

    def _end(self, job: Job, last: JobMessage) -> None:
        with self._changed:
            if job is self._follow:
                self._follow = None
            elif job in self._foreground:
                self._foreground.remove(job)
        if not job.cancelled:
            job.tell(last)
        job.let_go()
