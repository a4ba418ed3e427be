"""What the tail screen reads: a first page, a follow, and searches back; one job of each."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from textual.screen import Screen
from textual.widgets import Static

from readers.errors import SourceUnreachable, UsageError
from readers.record import Record, TopicPartition
from replay.event import Event
from replay.follow_rate import Arrivals
from replay.window import RecordWindow
from replay.window_rows import Divider, place_of
from tui.messages import JobEnded, JobFailed
from tui.render.landing import landing_text
from tui.render.tail_filter import TailFilter
from tui.render.tail_title import passed_text, state_text
from tui.screens.tail.following import follow_from
from tui.screens.tail.messages import (
    TailArrived,
    TailBehind,
    TailEarlier,
    TailLoaded,
    TailPassed,
)
from tui.screens.tail.tailed import Tailed
from tui.screens.tail.work import count_behind, earlier, load_newest, read_passed
from tui.session import Job, Work
from tui.widgets.record_view import RecordView
from tui.widgets.tail_title import TailTitle

if TYPE_CHECKING:
    from tui.app import KstoryApp

_RETRY_S = 3.0
_SKIP_OFFSETS = 2_000
"""Further behind than this, the live end is jumped to and not read up to."""


class TailReading(Screen[None]):
    """Keeps the window filled. Every job begins at a place the window knows, so nothing is lost."""

    def __init__(self, topics: tuple[str, ...]) -> None:
        super().__init__()
        self._topics = topics
        self._filter = TailFilter()
        self._filter_before = self._filter
        self._window: RecordWindow | None = None
        self._follow: Job | None = None
        self._load: Job | None = None
        self._work: Work | None = None
        self._search: Job | None = None
        self._count: Job | None = None
        self._progress: TailEarlier | None = None
        self._skipped_from: Mapping[TopicPartition, int] = {}
        self._arrivals = Arrivals()
        self._paused = self._held = self._at_start = self._ending = False
        self._behind: int | None = None
        self._problem = ""

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    @property
    def _view(self) -> RecordView:
        return self.query_one(RecordView)

    def _read(self, record: Record) -> Event:
        return self.kstory.stream_of(record.topic).event(record)

    @property
    def _tailed(self) -> Tailed:
        app = self.kstory  # the source's thread has no active app of its own
        return Tailed(
            self._topics,
            self._filter,
            lambda record: app.stream_of(record.topic).event(record),
            is_sparse=app.leaves_out,
        )

    def _reload(self, work: Work) -> None:
        self._stop_search()
        self._stop_follow()
        if self._load is not None:
            self._load.cancel()
        self._work = work
        self._load = self.kstory.session.submit(work, self)
        self._draw_title()

    def _stop_follow(self) -> None:
        if self._follow is not None:
            self._follow.cancel()
        self._follow = None

    def _go_on(self) -> None:
        """Follow from the window's end, if nothing keeps it from that."""
        self._held = self._held and not self._view.following
        waits = self._paused or self._held or self._ending
        if self._window is None or waits or not self.is_current:
            return
        self._behind = None
        if self._follow is None:
            work = follow_from(self._tailed, self._window.hi)
            self._follow = self.kstory.session.follow(work, self)
        self._draw_title()

    def _search_back(self) -> None:
        if self._window is None or self._search is not None or self._load is not None:
            return
        if self._at_start:
            self._tell("this is the first record kept")
            return
        work = earlier(self._tailed, self._window.lo)
        self._search = self.kstory.session.submit(work, self)

    def _read_passed(self, divider: Divider) -> None:
        if self._search is None and self._load is None:
            self._search = self.kstory.session.submit(read_passed(self._tailed, divider), self)

    def _stop_search(self) -> None:
        if self._search is not None:
            self._search.cancel()
            self._end_search("stopped: ")

    def _end_search(self, how: str) -> None:
        self._search = None
        told, note = self._progress, ""
        if told is not None and told.total:
            on = "" if self._at_start else "; ↑ searches on"
            said = f"searched {told.searched:,} of {told.total:,} before, {told.found:,} found"
            note = f"{how}{said}{on}  {told.said}".rstrip()
        self._progress = None
        self._tell(note)
        self._draw_title()

    def _count_behind(self) -> None:
        """Ask how far behind it is: while it stands still, or where it may not keep up."""
        is_busy = self._tailed.is_searching or self._sampled_per_s is not None
        if self._window is None or not self.is_current:
            return
        if self._paused or self._held or is_busy:
            self._ask_behind(self._window)

    @property
    def _sampled_per_s(self) -> int | None:
        now_s = time.monotonic()
        return self._arrivals.per_s(now_s) if self._arrivals.is_sampled(now_s) else None

    def _ask_behind(self, window: RecordWindow, *, anew: bool = False) -> None:
        if anew and self._count is not None:
            self._count.cancel()
            self._count = None
        if self._count is None:
            self._count = self.kstory.session.submit(count_behind(self._tailed, window.hi), self)

    def on_tail_loaded(self, message: TailLoaded) -> None:
        """Show the page and follow from its end; what lies before is searched if it has to be."""
        if message.job is not self._load:
            return
        self._load = None
        page = message.page
        self._window = window = RecordWindow(page.lo, gaps=not self._tailed.is_searching)
        window.arrive(page.records, page.hi, (), page.notices)
        self._problem, self._held, self._arrivals = "", False, Arrivals()
        self._at_start = all(page.lo[at] <= start for at, start in message.starts.items())
        cursor: int | None = None
        if message.landing is not None:
            found = message.landing.record
            cursor = 0 if found is None else window.index_of(place_of(found), found.offset) or 0
            landed = landing_text(message.landing, self.kstory.zone)
            self._tell(landed)
            if not message.landing.is_exact:
                self.kstory.say(landed)
        self._say_skipped(page.lo)
        self._view.show(window, cursor)
        self.query_one("#columns", Static).update(self._view.heading)
        self._go_on()
        if self._tailed.is_searching:
            self._search_back()

    def _say_skipped(self, lo: Mapping[TopicPartition, int]) -> None:
        before, self._skipped_from = self._skipped_from, {}
        count = sum(max(0, at - before.get(place, at)) for place, at in lo.items())
        if count and not self._tailed.is_searching:
            self._tell(f"skipped {count:,} offsets to the live end; ↑ reads them")

    def on_tail_arrived(self, message: TailArrived) -> None:
        """Add what came; a full window waits for the one who reads it."""
        window = self._window
        if message.job is not self._follow or window is None:
            return
        self._problem = ""
        if window.is_full and not self._view.following:
            self._stop_follow()
            self._held = True
            return
        first = window.first_index
        window.arrive(message.records, message.reached, message.passed, message.notices)
        self._at_start = self._at_start and window.first_index == first
        passed = sum(each.count for each in message.passed)
        self._arrivals.add(time.monotonic(), message.arrived, passed)
        if message.records or message.notices:
            self._view.changed()

    def on_tail_earlier(self, message: TailEarlier) -> None:
        """Add what was found before, and say how far it is."""
        window = self._window
        if message.job is not self._search or window is None:
            return
        self._progress = message
        self._at_start = self._at_start or message.at_start
        if message.page is not None:
            page = message.page
            if window.prepend(page.records, page.lo, page.notices):
                self._stop_follow()
                self._held = True
            self._view.changed()
        if message.total:
            self._tell(
                f"searched {message.searched:,} of {message.total:,}, "
                f"{message.found:,} found, Esc stops  {message.said}".rstrip()
            )

    def on_tail_passed(self, message: TailPassed) -> None:
        """Put what was passed over into its place."""
        if message.job is not self._search or self._window is None:
            return
        if self._window.fill(message.divider, message.page):
            self._stop_follow()
            self._held = True
        self._view.changed()

    def on_tail_behind(self, message: TailBehind) -> None:
        """Show how much is still to come; jump over it where the end was asked for."""
        if message.job is not self._count or self._window is None:
            return
        stands = self._paused or self._held
        self._behind = message.count if stands or self._is_late(message.count) else None
        ending, self._ending = self._ending, False
        if ending and message.count > _SKIP_OFFSETS:
            self._skipped_from = dict(self._window.hi)
            self._reload(load_newest(self._tailed))
        elif ending:
            self._go_on()
        self._draw_title()

    def _is_late(self, behind: int) -> bool:
        """Whether it is behind by more than what arrives in a second."""
        return behind > max(_SKIP_OFFSETS, self._arrivals.per_s(time.monotonic()) or 0)

    def on_job_ended(self, message: JobEnded) -> None:
        """Remember what is over."""
        if message.job is self._search:
            self._end_search("")
        elif message.job is self._count:
            self._count = None

    def on_job_failed(self, message: JobFailed) -> None:
        """Say what is wrong, once; a follow is retried by itself, a load here."""
        error = message.error
        if message.job is self._count:
            self._count, self._ending = None, False
            self._go_on()
            return
        if message.job is self._search:
            self._end_search("failed: ")
        elif message.job is self._load:
            self._load = None
            self._load_failed(error)
        elif message.job is not self._follow:
            return
        elif not message.retrying:
            self._follow = None
        if str(error) != self._problem:
            self._problem = str(error)
            self.kstory.say(self._problem)
        self._draw_title()

    def _load_failed(self, error: Exception) -> None:
        if isinstance(error, UsageError) and self._window is not None:
            self._filter = self._filter_before
            self._go_on()
        elif isinstance(error, SourceUnreachable):
            self.set_timer(_RETRY_S, self._load_again)

    def _load_again(self) -> None:
        if self._load is None and self._work is not None:
            self._reload(self._work)

    def on_screen_suspend(self) -> None:
        """Another screen is on top: let go of the follow, at its place."""
        self._stop_follow()
        self._stop_search()
        self.kstory.set_search_status("")

    def on_screen_resume(self) -> None:
        """Go on where it was left."""
        self._go_on()

    def on_unmount(self) -> None:
        """Let go of all jobs, and of the records."""
        for job in (self._follow, self._load, self._search, self._count):
            if job is not None:
                job.cancel()
        self._window = None

    def _draw_title(self) -> None:
        if not self.is_mounted:
            return
        places = () if self._window is None else tuple(self._window.hi)
        state = state_text(
            paused=self._paused,
            held=self._held,
            loading=self._load is not None,
            behind=self._behind,
            sampled_per_s=self._sampled_per_s,
        )
        said = [state]
        said += [f"filter: {self._filter.text}"] if self._filter.text else []
        said += [f"✗ {self._problem}"] if self._problem else []
        said += [passed_text(self._arrivals.passed)]
        self.query_one(TailTitle).show(places, said)

    def _tell(self, note: str) -> None:
        """Say something in the status line, until something else is said there."""
        if self.is_mounted and self.is_current:
            self.kstory.set_search_status(note)
