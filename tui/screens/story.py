"""Story: one aggregate's events as sentences, beside them the state at the cursor."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Footer, Static

from readers.record import Position
from readers.search import SearchStep
from replay.story import Story
from tui.messages import JobEnded, JobFailed
from tui.render.safe_text import visible
from tui.render.story_text import story_lines
from tui.render.times import date_and_time, duration
from tui.screens.story_messages import PointReached, StoryProgressed, StoryTold
from tui.screens.story_work import FindStream, point_of, search_story
from tui.session import Job
from tui.widgets.lanes_view import LanesView
from tui.widgets.state_panel import StatePanel
from tui.widgets.status_line import StatusLine
from tui.widgets.story_list import StoryList

if TYPE_CHECKING:
    from tui.app import KstoryApp

_SIDE_BY_SIDE = 110


class StoryScreen(Screen[None]):
    """The story is searched when the screen opens, and shown as it is found."""

    ABOUT = (
        "One aggregate's events across topics, in order. The lanes above show when (pauses are "
        "shortened); beside the list is the state after the event under the cursor, and what that "
        "event changed. Events that stand out have marks: ⟲ a redelivery, ◷ earlier than what was "
        "already told, ⋯ a long pause before it, ▣ a dead letter, ✗ not decodable, ∅ a tombstone."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,r", "record", "Record", tooltip="The record in its topic, with neighbours"),
        Binding("l", "linked", "Linked", tooltip="From an event to its dead letter, and back"),
        Binding("d", "letter", "Dead letter", tooltip="The event's dead letter, in full"),
        Binding("R", "again", "Again", tooltip="Search again, for what came since"),
        Binding("y", "copy", "Copy", tooltip="Copy the story as text"),
        Binding("escape", "back", "Back", tooltip="Stop the search; then back"),
    ]

    def __init__(
        self, aggregate: str, find_stream: FindStream, *, at: Position | None = None
    ) -> None:
        super().__init__()
        self._aggregate = aggregate
        self._at = at
        self._find_stream = find_stream
        self._story: Story | None = None
        self._search: Job | None = None
        self._point: Job | None = None
        self._step = SearchStep((), 0, 0)

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    def compose(self) -> ComposeResult:
        """Title, lanes, the list beside the state, the status line and the keys."""
        yield Static("", id="title", markup=False)
        yield LanesView(self.kstory.colour_of, id="lanes")
        with Container(id="story"):
            yield StoryList(self.kstory.colour_of, self.kstory.zone, id="events")
            yield StatePanel(id="state")
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Begin the search."""
        self.query_one(StoryList).focus()
        self.action_again()

    def on_resize(self, event: events.Resize) -> None:
        """The state stands beside the list where there is room, else below it."""
        self.set_class(event.size.width >= _SIDE_BY_SIDE, "wide")

    def action_again(self) -> None:
        """Search from the start."""
        if self._search is not None:
            self._search.cancel()
        work = search_story(self._find_stream, self._aggregate)
        self._search = self.kstory.session.submit(work, self)
        self._step = SearchStep((), 0, 0)
        self._title("searching …")

    def on_story_progressed(self, message: StoryProgressed) -> None:
        """Show how far the search is."""
        if message.job is not self._search:
            return
        self._step = message.step
        step = message.step
        self.kstory.set_search_status(
            f"searched {step.searched:,} of {step.total:,}, {message.found:,} found, Esc stops"
        )

    def on_story_told(self, message: StoryTold) -> None:
        """Show the story; the cursor stays on its event, and begins at the last."""
        if message.job is not self._search:
            return
        at = self._at or self._position_at_cursor()
        self._story = story = message.story
        numbers = {event.event.position: event.n for event in story.events}
        last = len(story.events)
        at_n = last if at is None else numbers.get(at, last)
        if message.done or self._at in numbers:
            self._at = None  # from now on the cursor is where it was moved
        lanes = self.query_one(LanesView)
        lanes.show(story.events, story.topics)
        self.query_one(StoryList).show(story.events, at_n)
        self._title(self._said_of(story, message.done))
        if message.done:
            self.kstory.set_search_status("")
            self._say_if_empty(story)

    def _say_if_empty(self, story: Story) -> None:
        if not story.events:
            self.query_one(StatePanel).clear(
                f"Nothing was found of {visible(self._aggregate, limit=200)} in "
                f"{visible(', '.join(story.topics), limit=400)}."
            )

    def _said_of(self, story: Story, done: bool) -> str:
        times = story.times_ms
        span = ""
        if times:
            zone = self.kstory.zone
            first, last = date_and_time(min(times), zone), date_and_time(max(times), zone)
            span = f" · {first[:19]} → {last[11:19]} ({duration(max(times) - min(times))})"
        sure = "complete" if story.complete else "not known to be complete"
        why = "" if story.complete else f" · {story.why}"
        return f"{len(story.events):,} events · {sure if done else 'searching …'}{span}{why}"

    def _title(self, said: str) -> None:
        stream = f"  {self._story.stream.name}" if self._story else ""
        text = f"kstory  {self._aggregate}{stream}  {said}"
        self.query_one("#title", Static).update(visible(text, limit=400))

    def _position_at_cursor(self) -> Position | None:
        n = self.query_one(StoryList).cursor
        return self._story.events[n - 1].event.position if self._story and n else None

    def on_story_list_moved(self, message: StoryList.Moved) -> None:
        """Ask for the state there; what was asked before does not matter any more."""
        # A story may have come since the cursor moved: where it stands now counts.
        n = self.query_one(StoryList).cursor
        if self._story is None or not n:
            return
        self.query_one(LanesView).point_at(n)
        if self._point is not None:
            self._point.cancel()
        self._point = self.kstory.session.submit(point_of(self._story, n), self)

    def on_point_reached(self, message: PointReached) -> None:
        """Show the state."""
        if message.job is self._point and self._story is not None:
            story = self._story
            self.query_one(StatePanel).show(
                message.point, reducer=story.fold.reducer.name, exact=story.complete
            )

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why there is no story."""
        if message.job is self._search:
            self._search = None
            self._title("✗ failed")
            self.query_one(StatePanel).clear(visible(f"✗ {message.error}", limit=2_000))
            self.kstory.set_search_status("")

    def on_job_ended(self, message: JobEnded) -> None:
        """Remember that the search is over."""
        if message.job is self._search:
            self._search = None

    def on_unmount(self) -> None:
        """Let go of all jobs."""
        for job in (self._search, self._point):
            if job is not None:
                job.cancel()

    def zone_changed(self) -> None:
        """Show all times in the app's zone."""
        self.query_one(StoryList).use_zone(self.kstory.zone)
        if self._story is not None:
            self._title(self._said_of(self._story, done=self._search is None))

    def action_record(self) -> None:
        """Open the record in its topic."""
        n = self.query_one(StoryList).cursor
        if self._story is not None and n:
            position = self._story.events[n - 1].event.position
            self.kstory.open_tail((position.topic,), start=position)

    def action_linked(self) -> None:
        """Move the cursor from an event to its dead letter, or from a letter to its origin."""
        n = self.query_one(StoryList).cursor
        if self._story is None or not n:
            return
        linked = self._story.events[n - 1].told.linked
        for event in self._story.events:
            if event.event.position == linked:
                self.query_one(StoryList).move(event.n)
                return
        self.notify("Nothing is linked to this event: it did not end as a dead letter.")

    def action_letter(self) -> None:
        """Open the dead letter at the cursor, or that of the event there."""
        n = self.query_one(StoryList).cursor
        if self._story is None or not n:
            return
        at = self._story.events[n - 1]
        letter = at.event.position if at.event.is_letter else at.told.linked
        if letter is None:
            self.notify("Nothing is linked to this event: it did not end as a dead letter.")
        else:
            self.kstory.open_letter(letter)

    def action_copy(self) -> None:
        """Copy the story as `kstory story` prints it."""
        if self._story is not None:
            lines = story_lines(self._story, self.kstory.zone)
            self.app.copy_to_clipboard("\n".join(visible(line) for line in lines))
            self.notify("Copied the story as text.")

    def action_back(self) -> None:
        """Stop a search that is under way, keeping what it found; else leave."""
        if self._search is None:
            self.app.pop_screen()
            return
        self._search.cancel()
        self._search = None
        step = self._step
        self._title(
            f"stopped: searched {step.searched:,} of {step.total:,} offsets; R searches again"
        )
        self.kstory.set_search_status("")
