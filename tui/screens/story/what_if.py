"""The part of the story screen that asks what if: events skipped, moved or edited in memory."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from readers.record import Position
from replay.states.what_if import Changed, WhatIf
from tui.render.numbers import counted
from tui.screens.story.edit_value import EditValue, NewValue
from tui.screens.story.messages import WorldExported, WorldMade
from tui.screens.story.playing import StoryPlaying
from tui.screens.story.questions import Side, Told, change_world, export_world
from tui.screens.story.travel import Compare
from tui.screens.story.work import FindStream
from tui.widgets.ask import Ask

_STYLE = "bold black on yellow"
_EDITED_CHARS = 200_000


class StoryWhatIf(StoryPlaying):
    """While it is asked, the list and the states are those of a world that is only thought of."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "what_if", "What if", tooltip="The story as it would be, or as it was"),
        Binding("x", "skip", "Skip", tooltip="What if this event had not been; again: takes it in"),
        Binding("e", "edit", "Edit", show=False, tooltip="What if this event's value was another"),
        Binding(
            "K,shift+up", "carry(-1)", "Earlier", show=False, tooltip="What if it came earlier"
        ),
        Binding("J,shift+down", "carry(1)", "Later", show=False, tooltip="What if it came later"),
        Binding("u", "undo", "Undo", show=False, tooltip="Take the last what-if change back"),
        Binding("X", "export", "Export", show=False, tooltip="Write the changed story into a file"),
        Binding("U", "reset", "Reset", show=False, tooltip="Take all what-if changes back"),
    ]

    def __init__(
        self, aggregate: str, find_stream: FindStream, *, at: Position | None = None
    ) -> None:
        super().__init__(aggregate, find_stream, at=at)
        self._what_if: WhatIf | None = None
        self._made: WorldMade | None = None
        self._world: Told | None = None
        self._carried: int | None = None

    @property
    def shown(self) -> Told | None:
        """See `StoryReading`; another world goes before the story."""
        return self._world or self._told

    def show_story(self, told: Told, n: int, done: bool) -> None:
        """A story that was found anew has no other world yet."""
        if told is self._told:
            if self._made is not None and self._made.changes_count:
                self.kstory.say("What if is over: the story was told anew.")
            self._what_if = self._made = self._world = None
        super().show_story(told, n, done)

    # Into it and out of it.

    def action_what_if(self) -> None:
        """Show the story as it would be, or as it was; changes are kept meanwhile."""
        if self._world is not None:
            self._leave_world()
        else:
            self._change(lambda what_if: None)

    def _leave_world(self) -> None:
        self._world = None
        self._compare = Compare.NOT
        if self._told is not None:
            self.stop_playing()
            super().show_story(self._told, self.cursor, True)

    def _change(self, change: Callable[[WhatIf], object], carried: int | None = None) -> None:
        """Change the other world, and show it; `carried` is where the event is moved to.

        While a change is under way, the next one has to wait for its key.
        """
        if self._told is None or not self.cursor or {"search", "what if"} & self._jobs.keys():
            return
        self._carried = carried
        if self._what_if is None:
            self._what_if = WhatIf(self._told.story)
        self.ask("what if", change_world(self._what_if, change))

    def on_world_made(self, message: WorldMade) -> None:
        """Show it; the cursor stays where it is, or goes along with an event that was moved."""
        if not self.is_asked("what if", message.job):
            return
        if message.changes_count and not self._is_changed:
            self._compare = Compare.SIDE_BY_SIDE
        elif not message.changes_count:
            self._compare = Compare.NOT
        self._made, self._world = message, Told.of(message.story)
        n, self._carried = self._carried or self.cursor, None
        self.show_story(self._world, n, True)

    # Changes.

    def action_skip(self) -> None:
        """Leave the event at the cursor out, or take it in again."""
        n = self.cursor

        def change(what_if: WhatIf) -> None:
            skip = what_if.unskip if what_if.world.event(n).is_skipped else what_if.skip
            skip(n)

        self._change(change)

    def action_carry(self, by: int) -> None:
        """Move the event at the cursor."""
        n, told = self.cursor, self.shown
        if told is not None and 1 <= n + by <= len(told.story.events):
            self._change(lambda what_if: what_if.move(n, n + by), n + by)

    def action_edit(self) -> None:
        """Ask for another value of the event at the cursor."""
        n, told = self.cursor, self.shown
        if told is None or not n:
            return
        value = told.story.events[n - 1].event.record.value
        text = _as_text(value)
        if text is None:
            self.kstory.say("This value is no text, or too long to be edited here.")
            return

        def edited(new: NewValue | None) -> None:
            if new is None or new.value == value or not (new.value or value):
                return
            self._change(lambda what_if: what_if.edit(n, new.value))

        self.app.push_screen(EditValue(f"What if #{n} had been:", text), edited)

    def action_undo(self) -> None:
        """Take the last change back."""
        if self._made is not None and self._made.changes_count:
            self._change(WhatIf.undo)

    def action_reset(self) -> None:
        """Take all changes back, and show the story as it was."""
        if self._what_if is not None:
            self.drop("what if")
            self._what_if = self._made = None
            self._leave_world()

    # Out of it, into a file.

    def action_export(self) -> None:
        """Ask for a file, and write what would be into it."""
        made = self._made
        if self._world is None or made is None:
            self.kstory.say("There is no what if to be written; w, x and e begin one.")
            return

        def named(file: str | None) -> None:
            if file is not None:
                self.ask("export", export_world(made.world, Path(file).expanduser()))

        question = "Write this what if into which file, as JSON lines or Parquet?"
        self.app.push_screen(Ask(question, "what-if.jsonl"), named)

    def on_world_exported(self, message: WorldExported) -> None:
        """Say where it is, and what the file cannot keep."""
        said = f"{counted(message.count, 'record')} written into {message.path}."
        if message.has_moved:
            said += " Moved events keep their positions and times: the lines alone are in order."
        self.kstory.say(said)

    # How it is shown.

    @property
    def is_comparing_worlds(self) -> bool:
        """See `StoryTravel`."""
        return self._is_changed

    @property
    def _is_changed(self) -> bool:
        return self._world is not None and self._made is not None and self._made.changes_count > 0

    def sides(self, told: Told, n: int) -> tuple[Side, Side] | None:
        """The story as it was beside the one that is thought of, where they can differ."""
        if self._told is not None and self._is_changed and self._compare is not Compare.NOT:
            return Side(self._told.story, n, f"as it was, #{n}"), Side(told.story, n, "what if")
        return super().sides(told, n)

    def chips(self) -> list[tuple[str, str]]:
        """See `StoryReading`; this one comes first."""
        chips = super().chips()
        if self._world is None or self._made is None:
            return chips
        count, first = self._made.changes_count, self._made.world.changed_from
        said = f"{counted(count, 'change')} from #{first} on" if first else "nothing differs"
        said = said if count else "nothing changed yet: x e J K"
        return [(f"WHAT IF  {said}", _STYLE), *chips]

    def notes(self) -> dict[int, list[str]]:
        """See `StoryTravel`."""
        notes = super().notes()
        made = self._made
        if self._world is None or made is None:
            return notes
        touched = made.world.skipped | made.world.moved | made.world.edited.keys()
        for n, was in enumerate(made.world.order, 1):
            if was in touched:
                notes[n] = [*_words(made.world.event(n)), *notes.get(n, [])]
        return notes

    def leave_one(self) -> bool:
        """See `StoryTravel`."""
        if self.stop_playing():
            return True
        if self._world is not None:
            self._leave_world()
            return True
        return super().leave_one()


def _words(changed: Changed) -> Sequence[str]:
    says = {
        "⊘ skipped": changed.is_skipped,
        f"⇅ was #{changed.was}": changed.is_moved,
        "✎ edited": changed.is_edited,
    }
    return [word for word, is_so in says.items() if is_so]


def _as_text(value: bytes | None) -> str | None:
    """A value to be edited; an empty one where it is null, None where it cannot be."""
    try:
        text = (value or b"").decode()
    except UnicodeDecodeError:
        return None
    return text if len(text) <= _EDITED_CHARS else None
