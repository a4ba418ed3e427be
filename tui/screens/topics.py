"""Topics: what there is, how busy it is, and which topics hold dead letters.

It is the first screen, and its first frame is only the lines around the table: the table, the
filter line and what fills them are loaded behind it, else they would be a fifth of the wait.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Static

from readers.source import Source, TopicInfo
from tui.messages import JobEnded, JobFailed, JobMessage
from tui.render.safe_text import visible
from tui.screens.letter_topics import LetterTopics, TopicsLookedInto, look_into
from tui.session import Job
from tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from textual.widgets import DataTable, Input

    from tui.app import KstoryApp
    from tui.render.topic_table import ListedTopic

_REFRESH_S = 2.0
_HISTORY = 8


@dataclass
class TopicsListed(JobMessage):
    """The topics as they were at `at_s` (monotonic seconds)."""

    topics: tuple[TopicInfo, ...]
    at_s: float


def list_topics(source: Source) -> Iterator[JobMessage]:
    """Work that asks for all topics."""
    yield TopicsListed(source.topics(), time.monotonic())


class TopicsScreen(Screen[None]):
    """The first screen; Enter tails the topic under the cursor, or those chosen with Space."""

    ABOUT = (
        "Topics of the source, refreshed every two seconds. Records are counted by offsets, so "
        "that compaction and transactions make the true number smaller. The rate and its bars "
        "show what came in since the refresh before. ▣ marks topics that hold dead letters: by "
        "their names, by kstory.toml, or by what lies at their ends, of which a little is read, "
        "for five seconds at most. ✓ marks those you chose."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "tail", "Tail", tooltip="Tail the topic, or all chosen ones"),
        Binding("space,x", "choose", "Choose", tooltip="Choose the topic, to tail several at once"),
        Binding("d", "letters", "Dead letters", tooltip="All dead letters, by kind of failure"),
        Binding("s", "app.ask_story", "Story", tooltip="Open an aggregate's story by its key"),
        Binding("slash", "filter", "Filter", tooltip="Show topics whose name holds a text"),
        Binding("i", "internal", "Internal", show=False, tooltip="Show internal topics too"),
        Binding("escape", "clear", "Clear", show=False, tooltip="Take the filter away"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._listing: Job | None = None
        self._looking: Job | None = None
        self._topics: tuple[TopicInfo, ...] = ()
        self._shown: list[str] = []
        self._chosen: set[str] = set()
        self._counts: dict[str, int] = {}
        self._rates: dict[str, deque[float]] = {}
        self._listed_s = 0.0
        self._filter = ""
        self._with_internal = False
        self._has_table = False

    @property
    def kstory(self) -> "KstoryApp":
        """The app, by its own type."""
        return cast("KstoryApp", self.app)

    def compose(self) -> ComposeResult:
        """A header line, the status line and the keys: what the first frame shows."""
        yield Static("kstory  topics", id="title", markup=False)
        yield Static(id="room")
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Complete the screen once its first frame is drawn."""
        self._letters = LetterTopics(self.kstory.config)
        self.call_after_refresh(self._show_table)

    async def _show_table(self) -> None:
        """Put the table and the filter line where there is nothing yet.

        Then ask for the topics, now and every two seconds.
        """
        from textual.widgets import DataTable, Input

        from tui.render.topic_table import COLUMNS

        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=False)
        line = Input(placeholder="part of a topic's name", id="filter", classes="hidden")
        room = self.query_one("#room")
        await self.mount_all([table, line], before=room)
        await room.remove()
        for name, width in COLUMNS.items():
            table.add_column(name, width=width)
        self.set_focus(table)
        table.loading = True
        self._has_table = True
        self.refresh_bindings()
        self._refresh()
        self.set_interval(_REFRESH_S, self._refresh)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys are dim, and do nothing, until there is a table."""
        del action, parameters
        return True if self._has_table else None

    @property
    def _table(self) -> "DataTable[Text]":
        return cast("DataTable[Text]", self.query_one("DataTable"))

    @property
    def _filter_line(self) -> "Input":
        return cast("Input", self.query_one("#filter"))

    def _refresh(self) -> None:
        # `is_current` is true of screens below the top one too; and a source that is slow is not
        # asked again before it has answered.
        if self.app.screen is self and self._listing is None:
            self._listing = self.kstory.session.submit(list_topics, self)

    def on_topics_listed(self, message: TopicsListed) -> None:
        """Show them; the cursor stays on its topic."""
        if self._table.loading:
            self._table.loading = False
            self.refresh_bindings()  # a table that is loading has none
        after_s = message.at_s - self._listed_s
        for topic in message.topics:
            before = self._counts.get(topic.name)
            self._counts[topic.name] = sum(p.high_watermark for p in topic.partitions)
            if before is not None and after_s > 0:
                history = self._rates.setdefault(topic.name, deque(maxlen=_HISTORY))
                history.append(max(0, self._counts[topic.name] - before) / after_s)
        self._listed_s = message.at_s
        self._topics = message.topics
        names = [topic.name for topic in message.topics]
        self.kstory.topics_known(names)
        self._letters.named(names)
        self._draw()
        self._look_into_topics()

    def _look_into_topics(self) -> None:
        """Look for dead letters where no name tells, while nothing else is to be done."""
        unknown = self._letters.unknown(self._topics)
        if unknown and self._looking is None and self.app.screen is self:
            work = look_into(unknown, self.kstory.config)
            self._looking = self.kstory.session.submit(work, self)

    def on_topics_looked_into(self, message: TopicsLookedInto) -> None:
        """Mark those that hold dead letters."""
        self._letters.looked_into(message.topics, message.letters)
        if message.letters:
            self._draw()

    def on_screen_suspend(self) -> None:
        """Another screen needs the source; what is not known yet is looked into later."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def on_job_ended(self, message: JobEnded) -> None:
        """It may be asked for again."""
        if message.job is self._looking:
            self._looking = None
        else:
            self._listing = None

    def on_job_failed(self, message: JobFailed) -> None:
        """Say why there are no topics, where there are none yet.

        Topics that could not be looked into are not tried again while the screen is shown.
        """
        if message.job is self._looking:
            return
        self._listing = None
        self._table.loading = False
        self._title(f"kstory  topics  ✗ {message.error}")

    def _title(self, text: str) -> None:
        self.query_one("#title", Static).update(visible(text, limit=300))

    def _draw(self) -> None:
        from tui.render.topic_table import topic_rows

        table, at = self._table, self._under_cursor()
        shown = [topic for topic in self._topics if self._is_shown(topic)]
        names = [topic.name for topic in shown]
        rows = topic_rows([self._listed(topic) for topic in shown], self.kstory.now_ms())
        if names == self._shown:  # only what changed is drawn, so that nothing jumps
            for index, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if table.get_cell_at((index, column)) != cell:  # type: ignore[arg-type]
                        table.update_cell_at((index, column), cell, update_width=True)  # type: ignore[arg-type]
        else:
            table.clear()
            for row in rows:
                table.add_row(*row)
            self._shown = names
            if at in names:
                table.move_cursor(row=names.index(at), animate=False)
        chosen = f" · {len(self._chosen)} chosen" if self._chosen else ""
        of = "" if len(shown) == len(self._topics) else f" of {len(self._topics)}"
        self._title(f"kstory  topics  {len(shown)}{of}{chosen}")

    def _is_shown(self, topic: TopicInfo) -> bool:
        if topic.internal and not self._with_internal:
            return False
        return self._filter.lower() in topic.name.lower()

    def _listed(self, topic: TopicInfo) -> "ListedTopic":
        from tui.render.topic_table import ListedTopic

        return ListedTopic(
            topic,
            is_chosen=topic.name in self._chosen,
            is_letters=topic.name in self._letters,
            colour=self.kstory.colour_of(topic.name),
            rates=tuple(self._rates.get(topic.name, ())),
        )

    def _under_cursor(self) -> str | None:
        row = self._table.cursor_row
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def on_data_table_row_selected(self) -> None:
        """Enter, or a second click."""
        self.action_tail()

    def action_tail(self) -> None:
        """Tail the chosen topics, else the one under the cursor."""
        at = self._under_cursor()
        topics: Sequence[str] = sorted(self._chosen) or ([at] if at else [])
        if topics:
            self.kstory.open_tail(tuple(topics))

    def action_letters(self) -> None:
        """Count the dead letters: of the chosen topics that hold some, else of all."""
        chosen = tuple(sorted(name for name in self._chosen if name in self._letters))
        self.kstory.open_dead_letters(chosen)

    def action_choose(self) -> None:
        """Choose the topic under the cursor, or let go of it."""
        at = self._under_cursor()
        if at is not None:
            self._chosen ^= {at}
            self._draw()
            self._table.action_cursor_down()

    def action_internal(self) -> None:
        """Show internal topics, or hide them again."""
        self._with_internal = not self._with_internal
        self._draw()

    def action_filter(self) -> None:
        """Type a part of a name."""
        line = self._filter_line
        line.remove_class("hidden")
        line.focus()

    def on_input_changed(self, event: "Input.Changed") -> None:
        """Filter while it is typed."""
        self._filter = event.value
        self._draw()

    def on_input_submitted(self) -> None:
        """Back to the table, filtered."""
        self._table.focus()

    def action_clear(self) -> None:
        """Take the filter away, then the choice."""
        line = self._filter_line
        if line.has_class("hidden"):
            self._chosen.clear()
        line.value = ""
        line.add_class("hidden")
        self._table.focus()
        self._draw()
