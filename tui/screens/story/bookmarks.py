"""The part of the story screen that keeps bookmarks, with a note on each."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from readers.record import Position
from readers.source import Source
from replay.bookmarks import Bookmark, Bookmarks, open_bookmarks
from tui.messages import JobMessage
from tui.render.safe_text import visible
from tui.screens.story.messages import BookmarksRead
from tui.screens.story.what_if import StoryWhatIf
from tui.screens.story.work import FindStream
from tui.session import Work
from tui.settings import bookmarks_folder
from tui.widgets.ask import Ask
from tui.widgets.story_list import StoryList

_NOTE_CHARS = 60


class StoryBookmarks(StoryWhatIf):
    """Bookmarks are this person's, kept on this machine, for each cluster."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "bookmark", "Bookmark", show=False, tooltip="Keep a note on it; again: not"),
        Binding("A", "bookmarks", "Bookmarks", show=False, tooltip="All bookmarks of the cluster"),
    ]

    def __init__(
        self, aggregate: str, find_stream: FindStream, *, at: Position | None = None
    ) -> None:
        super().__init__(aggregate, find_stream, at=at)
        self._bookmarks: Sequence[Bookmark] = ()
        self._bookmarked: dict[Position, Bookmark] = {}

    def on_mount(self) -> None:
        """Read them."""
        self.ask("bookmarks", with_bookmarks(lambda bookmarks: None))

    def on_bookmarks_read(self, message: BookmarksRead) -> None:
        """Show those of this aggregate."""
        if self.is_asked("bookmarks", message.job):
            self._bookmarks = message.bookmarks
            mine = [each for each in message.bookmarks if each.aggregate == self._aggregate]
            self._bookmarked = {each.position: each for each in mine}
            self.draw_notes()

    def action_bookmark(self) -> None:
        """Ask for a note on the event at the cursor; take a bookmark away that is there."""
        here = self._position_at_cursor()
        if here is None:
            return
        if here in self._bookmarked:
            self._change_bookmarks(lambda kept: kept.remove(self._aggregate, here))
            return

        def noted(note: str | None) -> None:
            if note is not None:
                bookmark = Bookmark(self._aggregate, here, note, self.kstory.now_ms())
                self._change_bookmarks(lambda kept: kept.keep(bookmark))

        self.app.push_screen(Ask(f"A note on #{self.cursor}:", "here it went wrong"), noted)

    def _change_bookmarks(self, change: Callable[[Bookmarks], object]) -> None:
        self.ask("bookmarks", with_bookmarks(change))

    def action_bookmarks(self) -> None:
        """List them, and go to the one that is chosen."""
        if self._bookmarks:
            self.app.push_screen(BookmarkList(self._bookmarks), self._go_to)
        else:
            self.kstory.say("There are no bookmarks yet: a keeps one of the event at the cursor.")

    def _go_to(self, bookmark: Bookmark | None) -> None:
        if bookmark is None:
            return
        n = self._numbers.get(bookmark.position)
        if bookmark.aggregate != self._aggregate:
            at = bookmark.position
            self.kstory.open_story(bookmark.aggregate, at.topic, at=at)
        elif n is None:
            self.kstory.say(f"{bookmark.position} is no longer in this story.")
        else:
            self.query_one(StoryList).move(n)

    def notes(self) -> dict[int, list[str]]:
        """See `StoryTravel`."""
        notes = super().notes()
        for position, bookmark in self._bookmarked.items():
            n = self._numbers.get(position)
            if n is not None:
                notes.setdefault(n, []).append(f"★ {visible(bookmark.note, limit=_NOTE_CHARS)}")
        return notes

    def signs(self) -> dict[int, str]:
        """See `StoryPlaying`."""
        numbers = (self._numbers.get(position) for position in self._bookmarked)
        return {n: "★" for n in numbers if n is not None} | super().signs()


class BookmarkList(ModalScreen[Bookmark | None]):
    """Gives the bookmark that is chosen, or None where it was left with Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel")]

    def __init__(self, bookmarks: Sequence[Bookmark]) -> None:
        super().__init__()
        self._bookmarks = bookmarks

    def compose(self) -> ComposeResult:
        """A line each."""
        with Vertical(id="ask"):
            yield Static("Bookmarks, the newest first; Enter goes there.")
            yield OptionList(*(Option(Content(_line(each))) for each in self._bookmarks))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give it."""
        self.dismiss(self._bookmarks[event.option_index])

    def action_leave(self) -> None:
        """Give none."""
        self.dismiss(None)


def _line(bookmark: Bookmark) -> str:
    aggregate = visible(bookmark.aggregate, limit=40)
    return (
        f"★ {aggregate}  {visible(bookmark.note, limit=200)}  ({visible(str(bookmark.position))})"
    )


def with_bookmarks(change: Callable[[Bookmarks], object]) -> Work:
    """Work that changes the cluster's bookmarks, and reads all of them."""

    def work(source: Source) -> Iterator[JobMessage]:
        bookmarks = open_bookmarks(bookmarks_folder(source), source.cluster_id)
        change(bookmarks)
        yield BookmarksRead(bookmarks.all())

    return work
