"""The part of the story screen that finds the story, and learns what came since."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.screen import Screen
from textual.widgets import Static

from readers.record import Position
from readers.search import SearchStep
from replay.story import Story
from replay.story_search import StorySearch
from tui.messages import JobEnded, JobFailed
from tui.render.numbers import counted
from tui.render.safe_text import visible
from tui.render.search_said import with_slower
from tui.render.times import date_and_time, duration
from tui.screens.story.messages import (
    NewsCounted,
    ReducerReloaded,
    StoryProgressed,
    StoryTold,
)
from tui.screens.story.questions import Told
from tui.screens.story.work import (
    FindStream,
    count_news,
    reload_reducer,
    search_story,
    tell_anew,
)
from tui.session import Job, Work
from tui.widgets.lanes_view import LanesView
from tui.widgets.state_panel import StatePanel
from tui.widgets.story_list import StoryList

if TYPE_CHECKING:
    from tui.app import KstoryApp

_TITLE_CHARS = 400


class StoryReading(Screen[None]):
    """Searches when it opens; then asks now and then what came since, and whether to fold anew.

    What its parts ask of the session has a name, and a new job takes the place of the one of its
    name that went before: the newest wins.
    """

    def __init__(
        self, aggregate: str, find_stream: FindStream, *, at: Position | None = None
    ) -> None:
        super().__init__()
        self._aggregate = aggregate
        self._at = at
        self._find_stream = find_stream
        self._found: StorySearch | None = None
        self._told: Told | None = None
        self._numbers: Mapping[Position, int] = {}
        self._jobs: dict[str, Job] = {}
        self._step = SearchStep((), 0, 0)
        self._search_said = ""
        self._said = ""
        self._news_count = 0
        self._is_going_to_last = False
        self._is_whole = True
        self._refused = ""

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    @property
    def shown(self) -> Told | None:
        """The story on screen: the one that was found, or one that is thought of."""
        return self._told

    @property
    def cursor(self) -> int:
        """The number of the event at the cursor; 0 where there is none."""
        return self.query_one(StoryList).cursor

    # Jobs, by what they are for.

    def ask(self, name: str, work: Work) -> None:
        """Let the session do this, instead of what was asked under this name before."""
        self.drop(name)
        self._jobs[name] = self.kstory.session.submit(work, self)

    def drop(self, name: str) -> bool:
        """Nothing more of it counts; whether it was under way."""
        job = self._jobs.pop(name, None)
        if job is not None:
            job.cancel()
        return job is not None

    def is_asked(self, name: str, job: Job) -> bool:
        """Whether this is the newest job of that name."""
        return self._jobs.get(name) is job

    def on_job_ended(self, message: JobEnded) -> None:
        """Forget it."""
        self._jobs = {name: job for name, job in self._jobs.items() if job is not message.job}

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why; a search that failed leaves no story."""
        name = next((name for name, job in self._jobs.items() if job is message.job), None)
        if name is None:
            return
        del self._jobs[name]
        why = visible(f"✗ {message.error}", limit=2_000)
        if name == "search":
            self.say_in_title("✗ failed")
            self.query_one(StatePanel).clear(why)
            self.kstory.set_search_status("")
        elif name == "reload":
            self._say_once(why)
        elif name != "news":  # the status line says that the source is gone
            self.kstory.say(str(message.error))

    def _say_once(self, why: str) -> None:
        """A file that does not load goes on not loading until it is saved again."""
        if why != self._refused:
            self._refused = why
            self.kstory.say(why)

    def on_unmount(self) -> None:
        """Let go of all jobs."""
        for job in self._jobs.values():
            job.cancel()

    # The search.

    def on_mount(self) -> None:
        """Begin the search."""
        self.query_one(StoryList).focus()
        self.set_interval(self.kstory.LOOK_EVERY_S, self._look_for_news)
        self.search()

    def search(self, *, everywhere: bool = False) -> None:
        """Search from the start, also in partitions that the key's hash rules out if it is said."""
        self.drop("news")
        self._news_count, self._search_said = 0, ""
        work = search_story(self._find_stream, self._aggregate, everywhere=everywhere)
        self.ask("search", work)
        self._step = SearchStep((), 0, 0)
        self.say_in_title("searching …")

    def on_story_progressed(self, message: StoryProgressed) -> None:
        """Show how far the search is."""
        if not self.is_asked("search", message.job):
            return
        self._step = step = message.step
        self._search_said = with_slower(step.said or self._search_said, step.notices)
        how_far = f"searched {step.searched:,} of {step.total:,}, {message.found:,} found"
        self.kstory.set_search_status(f"{how_far}, Esc stops  {self._search_said}".rstrip())

    def on_story_told(self, message: StoryTold) -> None:
        """Show the story; the cursor stays on its event, and begins at the last."""
        if not (self.is_asked("search", message.job) or self.is_asked("tell", message.job)):
            return
        self._found, self._news_count = message.search, 0
        self._tell(message.story, message.done)
        if message.done:
            self.kstory.set_search_status(self._search_said)

    def _tell(self, story: Story, done: bool) -> None:
        if self._at is None and not self._is_whole and self.cursor == len(self._numbers):
            self._is_going_to_last = True  # it grows while it is searched, and nobody moved
        self._is_whole = done
        at = self._at or self._position_at_cursor()
        self._told = Told.of(story)
        self._numbers = {event.event.position: event.n for event in story.events}
        if done or self._at in self._numbers:
            self._at = None  # from now on the cursor is where it was moved
        last = len(story.events)
        n = last if at is None or self._is_going_to_last else self._numbers.get(at, last)
        self._is_going_to_last = False
        self.show_story(self._told, n, done)
        self.say_in_title(self._said_of(story, done))
        if done and not story.events:
            self.query_one(StatePanel).clear(
                f"Nothing was found of {visible(self._aggregate, limit=200)} in "
                f"{visible(', '.join(story.topics), limit=400)}."
            )

    def show_story(self, told: Told, n: int, done: bool) -> None:
        """Show a story with the cursor on event `n`; its parts add what they know of it."""
        events = told.story.events
        self.query_one(LanesView).show(events, told.story.topics)
        self.query_one(StoryList).show(events, n)

    def _position_at_cursor(self) -> Position | None:
        n, told = self.cursor, self.shown
        return told.story.events[n - 1].event.position if told and n else None

    # What came since.

    def _look_for_news(self) -> None:
        """Ask, unless the answer to the last time is still to come, or nobody looks."""
        told, found = self._told, self._found
        if told is None or found is None or "search" in self._jobs:
            return
        if self.app.screen is not self:  # `is_current` is true below a dialog too
            return
        if "news" not in self._jobs:
            self.ask("news", count_news(found, len(told.story.events)))
        if "reload" not in self._jobs:
            self.ask("reload", reload_reducer(found))

    def on_news_counted(self, message: NewsCounted) -> None:
        """Say how many there are; what is on screen stays as it is."""
        if self.is_asked("news", message.job) and message.count != self._news_count:
            is_at_last = self.cursor == len(self._numbers)
            self._news_count = message.count
            self.draw_title()
            if self.kstory.FOLLOWS_STORY and is_at_last:
                self.action_latest()

    def on_reducer_reloaded(self, message: ReducerReloaded) -> None:
        """Show the story as the file folds it now."""
        if self.is_asked("reload", message.job):
            self._refused = ""
            self._tell(message.story, done=True)
            self.kstory.say(f"{message.story.fold.reducer.name} was saved: folded anew.")

    def action_again(self) -> None:
        """Show what came since; where nothing did, search again from the start."""
        if self._news_count and self._found is not None:
            self.ask("tell", tell_anew(self._found))
        else:
            self.search()

    def action_everywhere(self) -> None:
        """Search again, in all partitions."""
        self.search(everywhere=True)

    def action_latest(self) -> None:
        """Go to the last event; to one that came since, if there is one."""
        if self._news_count:
            self._is_going_to_last = True
            self.action_again()
        else:
            self.query_one(StoryList).action_jump(-1)

    # The title.

    def _said_of(self, story: Story, done: bool) -> str:
        times = story.times_ms
        span = ""
        if times:
            zone = self.kstory.zone
            first, last = date_and_time(min(times), zone), date_and_time(max(times), zone)
            span = f" · {first[:19]} → {last[11:19]} ({duration(max(times) - min(times))})"
        sure = "complete" if story.complete else "not known to be complete"
        why = "" if story.complete else f" · {story.why}"
        events = counted(len(story.events), "event")
        return f"{events} · {sure if done else 'searching …'}{span}{why}"

    def say_in_title(self, said: str) -> None:
        """What there is to say of the story."""
        self._said = said
        self.draw_title()

    def chips(self) -> list[tuple[str, str]]:
        """What else holds on this screen just now, a text and its style each."""
        news = f"{counted(self._news_count, 'new event')}: R or End"
        return [(news, "bold reverse")] if self._news_count else []

    def draw_title(self) -> None:
        """Draw it anew."""
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(visible(f"kstory  {self._aggregate}  ", limit=_TITLE_CHARS))
        for said, style in self.chips():
            text.append(f" {visible(said, limit=100)} ", style=style).append("  ")
        stream = f"{self._told.story.stream.name}  " if self._told else ""
        text.append(visible(f"{stream}{self._said}", limit=_TITLE_CHARS))
        self.query_one("#title", Static).update(text)

    def zone_changed(self) -> None:
        """Show all times in the app's zone."""
        self.query_one(StoryList).use_zone(self.kstory.zone)
        if self._told is not None:
            self.say_in_title(self._said_of(self._told.story, done="search" not in self._jobs))

    def stop_search(self) -> bool:
        """Stop the search, keeping what it found; whether there was one."""
        if not self.drop("search"):
            return False
        step = self._step
        self.say_in_title(
            f"stopped: searched {step.searched:,} of {step.total:,} offsets; R searches again"
        )
        self.kstory.set_search_status("")
        return True
