"""The app on a film: every screen shows what was there at the player's time."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from readers.config_file import Config
from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.source import ConnectionState, Source
from readers.topic_names import topic_names
from replay.film import FilmClock, FilmSource
from replay.transfer.picks import Selection
from tui.app import KstoryApp
from tui.render.times import Zone, date_and_time, duration, speed
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
        self._selection = selection
        self._film = clock
        self._story = story

    def begin(self) -> None:
        """Open what is played."""
        super().begin()
        self.set_interval(_DRAW_EVERY_S, self.draw_status)
        if self._story is None:
            self.open_tail(tuple(topic.name for topic in self._selection.topics))
            return
        from tui.screens.story.screen import StoryScreen

        aggregate, stream = self._story

        def find_stream(source: Source) -> "Stream":
            self.topics_known(topic_names(source))
            return self.folded(stream)

        self.push_screen(StoryScreen(aggregate, find_stream))

    def now_said(self) -> tuple[str, str]:
        """The film's time; while its source does not answer, that."""
        if self.session.connection().state is not ConnectionState.LIVE:
            return super().now_said()
        film, now = self._film, self._film.now_ms()
        at = date_and_time(now, self.zone)[:_SECONDS]
        if now is None and not film.ended:
            return f"▶ {film.looked_at:,} records looked at, none to be told yet", "yellow"
        if film.ended:
            return f"■ {at}  {film.told:,} told, the end", "bold"
        wait_s = film.wait_s()
        wait = f"  next in {duration(int(wait_s * 1000))}: F9" if wait_s and wait_s >= 1 else ""
        if film.playing:
            return f"▶ {speed(film.speed)}  {at}{wait}  F8 pauses", "green"
        return f"‖ {speed(film.speed)}  {at}  F8 goes on", "bold yellow"

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
