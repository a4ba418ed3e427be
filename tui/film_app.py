"""The app on a film: every screen shows what was there at the player's time."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType

from readers.config_file import Config
from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.source import ConnectionState, Source
from readers.topic_names import topic_names
from replay.film import FilmClock, FilmSource
from replay.transfer.picks import Selection
from tui.app import KstoryApp
from tui.messages import JobEnded, JobFailed, JobMessage
from tui.render.times import Zone, date_and_time, duration, speed
from tui.screens.tail.screen import TailScreen
from tui.session import Job
from tui.settings import now_ms

if TYPE_CHECKING:
    from replay.streams import Stream

_DRAW_EVERY_S = 0.25
_SECONDS = len("2026-11-23 14:05:03")


class FilmApp(KstoryApp):
    """kstory on a film of one source; nothing is written to that."""

    LOOK_EVERY_S = 0.5
    FOLLOWS_STORY = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "film_speed(-1)", "Slower", tooltip="Play the film slower"),
        Binding("f7", "film_speed(1)", "Faster", tooltip="Play the film faster"),
        Binding("f8", "film_pause", "Pause film", tooltip="The film stands still, or goes on"),
        Binding("f9", "film_skip", "Next", tooltip="On to the film's next record, without waiting"),
    ]

    def __init__(
        self,
        spec: SourceSpec,
        selection: Selection,
        clock: FilmClock,
        *,
        config: Config,
        zone: Zone,
        story: "tuple[str, Stream] | None",
        reducer: str | None = None,
    ) -> None:
        """Take what is played.

        Args:
            spec: whose records they are.
            selection: which.
            clock: one that stands; it begins with the first record.
            config: see `KstoryApp`.
            zone: see `KstoryApp`.
            story: the aggregate whose story is shown, and by which stream; None shows the records.
            reducer: see `KstoryApp`.
        """
        super().__init__(
            lambda: FilmSource(open_source(spec), selection, clock),
            spec=replace(spec, allow_writes=False),
            config=config,
            zone=zone,
            reducer=reducer,
            clock=lambda: clock.now_ms() or now_ms(),
        )
        self.leaves_out = not selection.picks.is_everything
        self._selection = selection
        self._film = clock
        self._story = story
        self._telling: Job | None = None

    def begin(self) -> None:
        """Open what is played."""
        super().begin()
        self.set_interval(_DRAW_EVERY_S, self._go_on)
        if self._story is None:
            self.open_tail(tuple(topic.name for topic in self._selection.topics))
            return
        from tui.screens.story.screen import StoryScreen

        aggregate, stream = self._story

        def find_stream(source: Source) -> "Stream":
            self.topics_known(topic_names(source))
            return self.folded(stream)

        self.push_screen(StoryScreen(aggregate, find_stream))

    def _go_on(self) -> None:
        """Draw the time; where telling takes long, and no follow does it, go on with it."""
        self.draw_status()
        if self._telling is not None or isinstance(self.screen, TailScreen):
            return
        if self._film.is_behind:
            self._telling = self.session.submit(_tell, self)

    def on_job_ended(self, message: JobEnded) -> None:
        """What was due is told."""
        if message.job is self._telling:
            self._telling = None

    def on_job_failed(self, message: JobFailed) -> None:
        """It is tried again, and the status line says how the source is."""
        if message.job is self._telling:
            self._telling = None
            message.prevent_default()

    def now_said(self) -> tuple[str, str]:
        """The film's time; while its source does not answer, that."""
        if self.session.connection().state is not ConnectionState.LIVE:
            return super().now_said()
        film = self._film
        at = date_and_time(film.now_ms(), self.zone)[:_SECONDS]
        if film.ended:
            return f"■ {at}  {film.told:,} told, the end", "bold"
        if not film.told:
            at = f"{film.looked_at:,} looked at, none to be told yet"
        if not film.playing:
            return f"‖ {speed(film.speed)}  {at}  F8 goes on", "bold yellow"
        wait_s = film.wait_s()
        wait = f"  next in {duration(int(wait_s * 1000))}: F9" if wait_s and wait_s >= 1 else ""
        return f"▶ {speed(film.speed)}  {at}{wait}  F8 pauses", "green"

    def action_film_speed(self, by: int) -> None:
        """Play at the next speed, or the one before."""
        self._film.change_speed(by)
        self.draw_status()

    def action_film_pause(self) -> None:
        """Pause, or go on."""
        self._film.toggle()
        self.draw_status()

    def action_film_skip(self) -> None:
        """Do not wait for the next record."""
        self._film.skip()
        self.draw_status()


def _tell(source: Source) -> Iterator[JobMessage | None]:
    """Work that tells what is due, until it is."""
    while cast(FilmSource, source).tell_what_is_due():
        yield None
