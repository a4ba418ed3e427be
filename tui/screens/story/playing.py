"""The part of the story screen that plays the story as a film, and stops it at a breakpoint."""

import time
from typing import ClassVar

from textual.binding import Binding, BindingType

from readers.record import Position
from replay.player import Player, next_speed
from tui.render.safe_text import visible
from tui.render.times import duration, speed
from tui.screens.story.ask_condition import AskCondition, Condition
from tui.screens.story.asking import CHIP, StoryAsking
from tui.screens.story.messages import StopFound
from tui.screens.story.questions import Told, find_stop
from tui.screens.story.work import FindStream
from tui.widgets.scrubber import Scrubber
from tui.widgets.story_list import StoryList

_FRAMES_PER_S = 30


class StoryPlaying(StoryAsking):
    """The cursor moves by itself, at the story's own pace or scaled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,p", "play", "Play", key_display="space", tooltip="Play from here, or pause"),
        Binding("less_than_sign", "speed(-1)", "Slower", show=False, tooltip="Play slower"),
        Binding(
            "greater_than_sign", "speed(1)", "Faster", show=False,
            tooltip="Play faster: up to 1000 times, then as fast as it goes",
        ),
        Binding("P", "breakpoint", "Stop at", show=False, tooltip="Where to stop; again: nowhere"),
    ]  # fmt: skip

    def __init__(
        self, aggregate: str, find_stream: FindStream, *, at: Position | None = None
    ) -> None:
        super().__init__(aggregate, find_stream, at=at)
        self._player: Player | None = None
        self._speed = 1.0
        self._played_n = 0
        self._stop_at: Condition | None = None
        self._stop_typed = ""
        self._is_held = False

    def on_mount(self) -> None:
        """Let time pass, thirty times a second."""
        self.set_interval(1 / _FRAMES_PER_S, self._tick)

    def show_story(self, told: Told, n: int, done: bool) -> None:
        """What was played was another story."""
        self.stop_playing()
        super().show_story(told, n, done)

    # Playing.

    def action_play(self) -> None:
        """Play from the cursor, from the start where it is at the end; or pause."""
        if self.stop_playing() or self.shown is None or not self.cursor:
            return
        events = self.shown.story.events
        events_list = self.query_one(StoryList)
        if self.cursor == len(events):
            events_list.move(1)
        times_ms = [event.event.time_ms for event in events]
        self._player = Player(times_ms, time.monotonic, speed=self._speed)
        self._player.seek(self.cursor)
        self._go_on(self.cursor)

    def stop_playing(self) -> bool:
        """Pause; whether it was playing."""
        was, self._player = self._player is not None, None
        self.drop("stop")
        if was:
            self.draw_scrubber()
        return was

    def _go_on(self, n: int) -> None:
        """Play from event `n` on, once it is known where to stop."""
        player, told, stop = self._player, self.shown, self._stop_at
        if player is None or told is None:
            return
        self._played_n, self._is_held = n, False
        if stop is None:
            player.play()
        elif stop.is_rule:
            breaking = (at for at, rules in self._broken.items() if at > n and stop.text in rules)
            self._play_to(player, min(breaking, default=None))
        else:
            player.pause()
            self.ask("stop", find_stop(told.story, n, stop.text))
        self.draw_scrubber()

    def on_stop_found(self, message: StopFound) -> None:
        """It is known where to stop."""
        if self._player is not None and self.is_asked("stop", message.job):
            if message.failures.is_useless:
                self.kstory.say(f"Where to stop {message.failures.said('states')}.")
            self._play_to(self._player, message.n)

    def _play_to(self, player: Player, n: int | None) -> None:
        player.break_at(None if n is None else n.__eq__)
        player.play()

    def _tick(self) -> None:
        player = self._player
        if player is None:
            return
        if self.app.screen is not self:  # under a dialog, time stands still
            self._is_held = self._is_held or player.playing
            player.pause()
            return
        if self._is_held:
            self._is_held = False
            player.play()
        if player.advance():
            events_list = self.query_one(StoryList)
            events_list.move(player.n)
            self._played_n = events_list.cursor
        if player.stopped_at is not None and self._stop_at is not None:
            self.kstory.say(f"Stopped at #{player.n}: {self._stop_at.text}")
            self.stop_playing()
        elif player.ended:
            self.stop_playing()
        else:
            self.draw_scrubber()

    def moved(self, n: int) -> None:
        """Where somebody else moved the cursor, it goes on from there."""
        super().moved(n)
        if self._player is not None and n != self._played_n:
            self._player.seek(n)
            self._go_on(n)
        self.draw_scrubber()

    def action_speed(self, by: int) -> None:
        """Play at the next speed, or the one before."""
        self._speed = next_speed(self._speed, by)
        if self._player is not None:
            self._player.speed = self._speed
        self.draw_scrubber()

    # Where it stops.

    def action_breakpoint(self) -> None:
        """Ask for a condition at which to stop; where there is one, take it off."""
        if self._stop_at is not None:
            self._set_stop(None)
            return
        rules = dict.fromkeys(rule for names in self._broken.values() for rule in names)
        question = "Stop the story where this holds; P again takes it off."
        example = 'event.type == "PaymentFailed"'
        ask = AskCondition(question, example, self._stop_typed, tuple(rules))
        self.app.push_screen(ask, self._stop_asked)

    def _stop_asked(self, condition: Condition | None) -> None:
        if condition is not None:
            self._stop_typed = "" if condition.is_rule else condition.text
            self._set_stop(condition)

    def _set_stop(self, condition: Condition | None) -> None:
        self._stop_at = condition
        if self._player is not None:
            self._player.break_at(None)
            self._go_on(self.cursor)
        self.draw_title()

    # The slider.

    def on_scrubber_put(self, message: Scrubber.Put) -> None:
        """Take the cursor to where the slider was put."""
        self.query_one(StoryList).move(message.n)

    def draw_scrubber(self) -> None:
        """Show where the cursor is, and how the story is played."""
        if self.shown is not None:
            count = len(self.shown.story.events)
            self.query_one(Scrubber).show(self.cursor, count, self._play_says(), self.signs())

    def _play_says(self) -> str:
        said = speed(self._speed)
        if self._player is None:
            return f"‖ {said}"
        wait_s = self._player.wait_s()
        is_long = wait_s is not None and wait_s >= 1
        return f"▶ {said}" + (f" next {duration(int(wait_s * 1000))}" if wait_s and is_long else "")

    def signs(self) -> dict[int, str]:
        """What stands on the slider, by the events' numbers."""
        signs = dict.fromkeys([*self._broken, *self._unfolded], "✗")
        if self.marked is not None:
            signs[self.marked] = "◆"
        return signs

    def draw_notes(self) -> None:
        """Draw them on the slider too."""
        super().draw_notes()
        self.draw_scrubber()

    def chips(self) -> list[tuple[str, str]]:
        """See `StoryReading`."""
        stop = self._stop_at
        chips = super().chips()
        return (
            chips if stop is None else [*chips, (f"stops at {visible(stop.text, limit=40)}", CHIP)]
        )

    def leave_one(self) -> bool:
        """See `StoryTravel`."""
        return self.stop_playing() or super().leave_one()
