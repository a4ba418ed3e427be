"""The part of the dead letters' screen that reads: the pass, and the sample of a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from textual.screen import Screen
from textual.timer import Timer

from readers.record import Position
from replay.deadletters.groups.group import Group
from replay.deadletters.letter import DeadLetter
from tui.messages import JobEnded, JobFailed
from tui.render.columns import Column
from tui.render.group_row import COLUMNS, COUNT
from tui.render.tally_row import KEY, KEY_COLUMNS, PLACE, PLACE_COLUMNS
from tui.screens.dead_letters.messages import Counted, LettersArrived, LettersCounted, RowOpened
from tui.screens.dead_letters.work import LetterCount, Wanted, count_arrived, open_rows
from tui.screens.letter.messages import AggregateTold, LetterRead
from tui.screens.letter.work import look_at
from tui.session import Job
from tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from tui.app import KstoryApp

_SAMPLE_AFTER_S = 0.12
"""While the cursor runs over the rows no sample is read."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to count the letters: what it is called, and its columns."""

    name: str
    said: str
    columns: tuple[Column, ...]


VIEWS = (
    View("kind", "kinds", COLUMNS),
    View(KEY, "keys", KEY_COLUMNS),
    View(PLACE, "topics and groups", PLACE_COLUMNS),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known so far of the letter shown under the rows."""

    read: LetterRead | None = None
    told: AggregateTold | None = None


class DeadLettersReading(Screen[None]):
    """Counts the letters, and reads the sample of the row at the cursor; others draw both."""

    def __init__(self, topics: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._topics = topics
        self._wanted = Wanted(topics)
        self._count: LetterCount | None = None
        self._job: Job | None = None
        self._counted = Counted()
        self._arrived = 0
        self._stopped = False
        self._arrival: Job | None = None
        self._opening: Job | None = None
        self._do: Callable[[RowOpened], None] = lambda found: None
        self._view = 0
        self._sort = COUNT
        self._ids: list[str] = []
        self._placed: int | None = None
        self._touched = False
        self._held = False
        self._chosen: set[str] = set()
        self._look: Job | None = None
        self._look_timer: Timer | None = None
        self._sample = Sample()
        self._sample_of: tuple[str, Position] | None = None
        self._asked = ""

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    @property
    def _rows(self) -> RowList:
        return self.query_one("#rows", RowList)

    def _draw(self) -> None:
        """Draw the rows anew."""
        raise NotImplementedError

    def _draw_title(self) -> None:
        """Draw what holds for all letters."""
        raise NotImplementedError

    def _draw_failed(self, why: str) -> None:
        """Say why nothing could be counted."""
        raise NotImplementedError

    def _draw_nothing(self) -> None:
        """Say what was looked at where there are no letters."""
        raise NotImplementedError

    def _draw_sample(self) -> None:
        """Draw what is known of the sample."""
        raise NotImplementedError

    # The pass.

    def on_unmount(self) -> None:
        """Let go of all jobs."""
        for job in (self._job, self._look, self._arrival, self._opening):
            if job is not None:
                job.cancel()

    def action_again(self) -> None:
        """Count from the start; what is shown stays until there is something new."""
        if self._job is not None:
            self._job.cancel()
        self._count = LetterCount(self.kstory.letter_tools, self._wanted)
        self._job = self.kstory.session.submit(self._count.work, self)
        self._arrived, self._stopped = 0, False
        self._draw_title()

    def on_letters_counted(self, message: LettersCounted) -> None:
        """Show the rows; the cursor stays on its own."""
        if message.job is not self._job:
            return
        self._counted = counted = message.counted
        if not message.done:
            self.kstory.set_search_status(
                f"searched {counted.searched:,} of {counted.total:,}, Esc stops"
            )
        self._draw()
        if message.done:
            self._look_again()

    def on_job_ended(self, message: JobEnded) -> None:
        """All was counted, or one of the smaller jobs is done."""
        if message.job is self._job:
            self._job = None
            self.kstory.set_search_status("")
            self._draw_title()
            if not self._counted.groups:
                self._draw_nothing()
        elif message.job is self._arrival:
            self._arrival = None

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why it could not be counted."""
        if message.job is self._job:
            self._job = None
            self.kstory.set_search_status("")
            self._draw_failed(str(message.error))
        elif message.job is self._arrival:
            self._arrival = None
        elif message.job is self._opening:
            self.kstory.say(str(message.error))

    def _count_arrived(self) -> None:
        if self.app.screen is self and self._job is None and self._arrival is None and self._count:
            self._arrival = self.kstory.session.submit(count_arrived(self._count), self)

    def on_letters_arrived(self, message: LettersArrived) -> None:
        """Say how many letters came since; nothing else changes under the one who looks."""
        if message.job is self._arrival and message.count != self._arrived:
            self._arrived = message.count
            self._draw_title()

    # The sample.

    def on_row_list_moved(self) -> None:
        """Read the sample of the row, once the cursor rests there."""
        at, sample = self._at, self._sample_position
        if at is None or sample is None or (self._sample_of or ("",))[0] == at:
            return
        self._sample_of = (at, sample)
        if self._look_timer is not None:
            self._look_timer.stop()
        self._look_timer = self.set_timer(_SAMPLE_AFTER_S, self._look_at_sample)

    def _look_again(self) -> None:
        """The newest letter of the row may be another one by now."""
        sample = self._sample_position
        if self._at is not None and sample is not None and self._sample_of != (self._at, sample):
            self._sample_of = (self._at, sample)
            self._look_at_sample()

    def _look_at_sample(self) -> None:
        if self._sample_of is None:
            return
        if self._look is not None:
            self._look.cancel()
        work = look_at(self._sample_of[1], self.kstory.letter_tools, with_original=False)
        self._look = self.kstory.session.submit(work, self)

    @property
    def _at(self) -> str | None:
        """The row at the cursor, as it stands now: what a key does, it does to that one."""
        row = self._rows.cursor
        return self._ids[row] if row is not None and row < len(self._ids) else None

    @property
    def _group(self) -> Group | None:
        if self._view != 0:
            return None
        return next((g for g in self._counted.groups if g.fingerprint.id == self._at), None)

    @property
    def _sample_position(self) -> Position | None:
        if self._view == 0:
            return None if self._group is None else self._group.sample
        tallied = self._counted.keys if VIEWS[self._view].name == KEY else self._counted.places
        return next((t.sample for t in tallied if t.name == self._at), None)

    def on_letter_read(self, message: LetterRead) -> None:
        """Show the sample."""
        if message.job is self._look:
            self._sample = Sample(message)
            self._draw_sample()

    def on_aggregate_told(self, message: AggregateTold) -> None:
        """Show what became of its aggregate."""
        if message.job is self._look:
            self._sample = replace(self._sample, told=message)
            self._draw_sample()

    @property
    def _sample_letter(self) -> DeadLetter | None:
        """The letter of the row at the cursor; None, and said so, while it is still being read."""
        letter = None if self._sample.read is None else self._sample.read.letter
        if letter is not None and letter.position == self._sample_position:
            return letter
        self.kstory.say("The letter of this row is still being read; press the key again.")
        return None

    # Where the letters of rows lie.

    def _with_letters(self, names: Sequence[str], do: Callable[[RowOpened], None]) -> None:
        """Find where the letters of these rows lie, and do something with them."""
        if names and self._count is not None:
            work = open_rows(self._count, VIEWS[self._view].name, names)
            self._opening = self.kstory.session.submit(work, self)
            self._do = do

    def on_row_opened(self, message: RowOpened) -> None:
        """Do what was to be done with them."""
        if message.job is self._opening:
            self._opening = None
            self._do(message)

    @property
    def _wanted_rows(self) -> Sequence[str]:
        """The rows that are chosen, else the one at the cursor."""
        return sorted(self._chosen) or ([self._at] if self._at is not None else [])
