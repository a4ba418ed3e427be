"""The app: one session on one source, a stack of screens, and what all of them share."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from readers.config_file import Config
from readers.errors import UsageError
from readers.profiles import SourceSpec
from readers.record import Position
from readers.source import Sink, Source
from readers.topic_names import topic_names
from tui.messages import JobMessage, ThreadCrashed
from tui.preloading import AFTER_S, load_screens
from tui.render.line_filter import ControlCharacterFilter
from tui.render.safe_text import visible
from tui.render.times import LOCAL_ZONE, UTC_ZONE, Zone
from tui.render.topic_colours import colour_of
from tui.republishing import SENDING_CLOSE_S, open_ledger_of
from tui.screens.too_small import MIN_HEIGHT, MIN_WIDTH, TooSmall
from tui.screens.topics import TopicsScreen
from tui.settings import now_ms
from tui.smoothness import after_a_screen_is_gone
from tui.triage import TriageApp
from tui.widgets.status_line import StatusLine, connection_text

if TYPE_CHECKING:
    from replay.deadletters.letter import DeadLetter
    from replay.streams import Stream
    from tui.screens.letter.work import LetterTools

_SCREENS_CSS = Path(__file__).with_name("screens.tcss")
_TIDY_AFTER_S = 0.5
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@dataclass
class TargetFound(JobMessage):
    """What the word on the command line names: a topic, a position, or else an aggregate."""

    topics: tuple[str, ...]
    position: Position | None = None
    aggregate: str | None = None


class KstoryApp(TriageApp):
    """kstory on one source.

    Attributes:
        zone: in which all times are shown and typed.
        config: what the user configured.
        crashed: whether it ended by an error nobody expected.
        leaves_out: whether the source leaves records out, so that few may lie in many offsets.
    """

    LOOK_EVERY_S: ClassVar[float] = 2.0
    """How often a story looks for what came since."""
    FOLLOWS_STORY: ClassVar[bool] = False
    """Whether a cursor on the last event goes along with what comes."""
    CSS_PATH = "kstory.tcss"
    TITLE = "kstory"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", tooltip="What this screen shows, and its keys"),
        Binding("z", "zone", "UTC/local", tooltip="Show times in UTC, or in local time"),
        Binding("q", "quit", "Quit", tooltip="Leave kstory"),
    ]

    def __init__(
        self,
        open_source: Callable[[], Source],
        *,
        spec: SourceSpec,
        config: Config | None = None,
        zone: Zone = UTC_ZONE,
        target: str | None = None,
        reducer: str | None = None,
        clock: Callable[[], int] = now_ms,
        open_sink: Callable[[], Sink] | None = None,
    ) -> None:
        super().__init__(open_source, spec=spec, open_sink=open_sink)
        self.zone = zone
        self.now_ms = clock
        self.crashed = False
        self.leaves_out = False
        self.config = config or Config({}, {})
        self._target = target
        self._reducer = reducer
        self._streams: tuple[Stream, ...] = ()
        self._searching = ""
        self._check_config()

    def _check_config(self) -> None:
        """Say what is wrong with it before anything is shown; without any, nothing is loaded."""
        if self.config.streams:
            self.topics_known(())
        if self.config.dead_letters is not None:
            _ = self.letter_tools

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and behind them the one that lets no control character through."""
        return [*super().get_line_filters(), ControlCharacterFilter()]

    def get_default_screen(self) -> Screen[None]:
        """The first screen, with none below it that would be drawn before."""
        return TopicsScreen()

    async def on_mount(self) -> None:
        """Ask for what was named; it is answered when the session starts."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._leave_by_signal, number)
        self.set_interval(1.0, self.draw_status)
        if self._target is not None:
            self.session.submit(find_target(self._target), self)
        self.call_after_refresh(self.begin)

    def begin(self) -> None:
        """Start what would make the first frame wait."""
        self.stylesheet.read(_SCREENS_CSS)
        self.stylesheet.parse()
        if len(self.screen_stack) > 1:  # one was opened before its style was known
            self.refresh_css(animate=False)
        self.session.start()
        self.sending.start()
        self.set_timer(AFTER_S, partial(load_screens, self))

    async def on_unmount(self) -> None:
        """Let go of the source; it takes half a second at most, and longer while it sends."""
        for number in _SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)
        self.session.close()
        self.sending.close()
        await asyncio.to_thread(self.session.join)
        await asyncio.to_thread(self.sending.join, SENDING_CLOSE_S)

    def _leave_by_signal(self, number: signal.Signals) -> None:
        self.exit(return_code=128 + number)

    def _fatal_error(self) -> None:
        """Instead of Textual's traceback, which shows local variables: one sentence."""
        from tui.crash import report_crash

        self.crashed = True
        self.panic(Text(report_crash(self._exception or RuntimeError())))

    def on_thread_crashed(self, message: ThreadCrashed) -> None:
        """End as if it had happened here."""
        raise message.error

    def on_resize(self, event: events.Resize) -> None:
        """Say so where nothing fits; nothing is lost meanwhile."""
        is_small = event.size.width < MIN_WIDTH or event.size.height < MIN_HEIGHT
        if is_small and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())
        elif not is_small and isinstance(self.screen, TooSmall):
            self.pop_screen()

    # What screens use.

    @cached_property
    def letter_tools(self) -> "LetterTools":
        """What reading a letter needs besides the source."""
        from replay.deadletters.groups.rules import rules_of
        from tui.screens.letter.work import LetterTools

        return LetterTools(
            self.config,
            rules_of(self.config.dead_letters),
            stream_of=self.stream_of,
            open_ledger=open_ledger_of,
        )

    def topics_known(self, names: Iterable[str]) -> None:
        """Guess the streams of these topics; configured ones go first."""
        from replay.stream_config import streams_of

        self._streams = tuple(map(self.folded, streams_of(self.config.streams, names)))

    def streams_with(self, names: Iterable[str]) -> "tuple[Stream, ...]":
        """The streams of these topics; any thread may ask."""
        self.topics_known(names)
        return self._streams

    def stream_of(self, topic: str) -> "Stream":
        """The stream that reads a topic's records; any thread may ask."""
        from replay.stream_guess import stream_of_topic

        return self.folded(stream_of_topic(self._streams, topic))

    def folded(self, stream: "Stream") -> "Stream":
        """By the reducer that was named on the command line, where one was."""
        if self._reducer is None:
            return stream
        return replace(stream, reducer=self._reducer, reducer_refused=None)

    def colour_of(self, topic: str) -> str:
        """A topic's colour, the same on every screen."""
        return colour_of(topic)

    def say(self, text: str) -> None:
        """Tell the person something, for some seconds."""
        self.notify(visible(text, limit=400), markup=False)

    def set_search_status(self, text: str) -> None:
        """What is being searched, and how far; empty when nothing is."""
        self._searching = text
        self.draw_status()

    def draw_status(self) -> None:
        """Draw the status line of the present screen."""
        for line in self.screen.query(StatusLine):
            line.show(self._spec, self.now_said(), self.zone.name, self._searching)

    def now_said(self) -> tuple[str, str]:
        """How the source is doing, and the style of that."""
        return connection_text(self.session.connection(), time.monotonic())

    def on_screen_resume(self) -> None:
        """Another screen is on top now."""
        self.draw_status()
        self.set_timer(_TIDY_AFTER_S, after_a_screen_is_gone)

    def open_tail(self, topics: tuple[str, ...], *, start: Position | None = None) -> None:
        """Show the topics' records, at their end or around a position."""
        from tui.screens.tail.screen import TailScreen

        self.push_screen(TailScreen(topics, start=start))

    def open_story(
        self, aggregate: str, topic: str | None = None, *, at: Position | None = None
    ) -> None:
        """Show an aggregate's story, by the stream of this topic, or one that fits its name.

        The cursor begins at the event at `at`; without one, or where the story has none, at the
        last.
        """
        from replay.stream_guess import choose_stream
        from tui.screens.story.screen import StoryScreen

        def find_stream(source: Source) -> "Stream":
            self.topics_known(topic_names(source))
            if topic is not None:
                return self.stream_of(topic)
            stream = choose_stream(self._streams, aggregate)
            if stream is None:
                raise UsageError("The source has no topics that could tell a story.")
            return stream

        self.push_screen(StoryScreen(aggregate, find_stream, at=at))

    def open_story_of_letter(self, letter: "DeadLetter", *, at: Position | None = None) -> None:
        """Show the story of a letter's aggregate, at its origin unless told otherwise."""
        aggregate = self.letter_tools.event(letter).aggregate
        if aggregate is None:
            self.say("This letter names no aggregate: its story cannot be told.")
            return
        topic = letter.origin.topic or letter.record.topic
        self.open_story(aggregate, topic, at=at or letter.origin.position or letter.position)

    def open_original(self, letter: "DeadLetter") -> None:
        """Show the topic of a letter's original, at it."""
        at = letter.origin.position
        if at is None:
            self.say("This letter does not tell where its original lies.")
        else:
            self.open_tail((at.topic,), start=at)

    def on_target_found(self, message: TargetFound) -> None:
        """Open what was named on the command line."""
        if message.aggregate is not None:
            self.open_story(message.aggregate)
        else:
            self.open_tail(message.topics, start=message.position)

    # Keys and the palette.

    def action_help(self) -> None:
        """Explain the present screen."""
        from tui.screens.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            return
        about = getattr(self.screen, "ABOUT", "")
        self.push_screen(HelpScreen(about, self.screen.active_bindings.values()))

    def action_zone(self) -> None:
        """Change the zone, on every screen."""
        self.zone = LOCAL_ZONE if self.zone == UTC_ZONE else UTC_ZONE
        for screen in self.screen_stack:
            changed = getattr(screen, "zone_changed", None)
            if changed is not None:
                changed()
        self.draw_status()

    def action_ask_story(self) -> None:
        """Ask for a key, and open its story."""
        from tui.widgets.ask import Ask

        def opened(answer: str | None) -> None:
            if answer is not None:
                self.open_story(answer)

        self.push_screen(Ask("Whose story? The key, as the records have it.", "order-4711"), opened)

    def action_topics(self) -> None:
        """Back to the topics."""
        while not isinstance(self.screen, TopicsScreen) and len(self.screen_stack) > 1:
            self.pop_screen()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The screen's keys first, then what goes everywhere, then Textual's own."""
        palette: Callable[[], Iterable[Binding]] = getattr(screen, "palette", tuple)
        for binding in palette():
            run = partial(self.run_action, binding.action, screen)
            yield SystemCommand(binding.description, binding.tooltip, run)
        yield SystemCommand("Topics", "Back to the list of topics", self.action_topics)
        yield SystemCommand("Story", "Open an aggregate's story by its key", self.action_ask_story)
        yield SystemCommand(
            "Dead letters", "How many kinds of failures there are", self.open_dead_letters
        )
        yield SystemCommand("Ledger", "What was done with dead letters", self.open_ledger)
        yield SystemCommand("UTC or local time", "Change the zone of all times", self.action_zone)
        yield SystemCommand("Explain this screen", "What it shows, and its keys", self.action_help)
        yield from super().get_system_commands(screen)


def find_target(word: str) -> Callable[[Source], Iterator[JobMessage]]:
    """Work that finds out what a word names."""

    def work(source: Source) -> Iterator[JobMessage]:
        names = set(topic_names(source))
        if word in names:
            yield TargetFound((word,))
            return
        try:
            position = Position.parse(word)
        except UsageError:
            position = None
        if position is not None and position.topic in names:
            yield TargetFound((position.topic,), position)
        else:
            yield TargetFound((), aggregate=word)

    return work
