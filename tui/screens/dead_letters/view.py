"""The part of the dead letters' screen that draws: title, headings, rows and the sample."""

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text
from textual.content import Content
from textual.widgets import Static

from tui.render.columns import Fitted, fit, heading, row
from tui.render.group_row import COUNT, SORTS, group_cells, moment
from tui.render.numbers import counted as counted_text
from tui.render.row_order import order_of
from tui.render.safe_text import visible
from tui.render.sample_text import aggregate_text, sample_text, why_lines
from tui.render.stack_text import read_stack, stack_lines
from tui.render.tally_row import KEY, tally_cells
from tui.screens.dead_letters.reading import VIEWS, DeadLettersReading

_TALL, _STACK_LINES = 32, 12
"""From this height on the sample has its stack with it."""


class DeadLettersView(DeadLettersReading):
    """Draws what was read; the widgets that it draws into are the screen's."""

    def on_resize(self) -> None:
        """The headings as wide as the rows, the sample with as much as there is room for."""
        self.call_after_refresh(self._draw_resized)

    def _draw_resized(self) -> None:
        self._draw_columns()
        if self.is_mounted and self._sample.read is not None:
            self._draw_sample()

    def zone_changed(self) -> None:
        """Show all times in the app's zone."""
        self._draw()

    def _title(self, text: str) -> None:
        self.query_one("#title", Static).update(visible(text, limit=400))

    def _draw_failed(self, why: str) -> None:
        self._title(f"kstory  dead letters  ✗ {why}")

    def _draw_title(self) -> None:
        self._title(f"kstory  dead letters  {' · '.join(self._told())}")

    def _told(self) -> Iterator[str]:
        """What holds for all letters; what must not be cut off in a narrow window comes first."""
        counted = self._counted
        yield counted_text(counted.letters, "letter")
        if counted.origins != counted.letters:
            yield counted_text(counted.origins, "origin")
        yield counted_text(len(counted.groups), "kind")
        yield from self._state()
        yield from counted.notices
        yield from self._where()

    def _state(self) -> Iterator[str]:
        counted = self._counted
        if self._stopped:
            yield f"stopped: searched {counted.searched:,} of {counted.total:,}"
        if self._arrived:
            yield f"{self._arrived:,} new: R counts them"
        if self._wanted.text:
            yield f"only {self._wanted.text}"
        if self._chosen:
            yield f"{len(self._chosen)} chosen"
        if VIEWS[self._view].name == KEY:
            yield from self._not_listed()

    def _not_listed(self) -> Iterator[str]:
        if self._counted.more_keys:
            yield f"{self._counted.more_keys:,} more keys are not listed"
        if self._counted.of_further_keys:
            yield f"{counted_text(self._counted.of_further_keys, 'letter')} of further keys"

    def _where(self) -> Iterator[str]:
        counted = self._counted
        if counted.first_ms is not None:
            yield f"since {moment(counted.first_ms, self.kstory.zone, self.kstory.now_ms())}"
        if counted.topics:
            yield topics_text(counted.topics)

    @property
    def _fitted(self) -> Fitted:
        return fit(VIEWS[self._view].columns, max(20, self._rows.size.width - 1))

    def _draw_columns(self) -> None:
        if self.is_mounted:
            by = self._sort if self._view == 0 else COUNT
            self.query_one("#columns", Static).update(
                Text(" ").append_text(heading(self._fitted, by))
            )

    def _draw(self) -> None:
        sorted_ids, cells = self._drawn()
        at = self._at
        if self._rows.cursor != self._placed:  # a key has moved it: nothing moves under it now
            self._held = self._touched = True
        self._ids = order_of(self._ids, sorted_ids, held=self._held)
        cursor = self._ids.index(at) if self._touched and at in self._ids else 0
        ids = self._ids

        def draw(index: int, width: int) -> Text:
            return row(cells[ids[index]], fit(VIEWS[self._view].columns, width))

        self._rows.show(len(ids), draw, cursor=cursor)
        self._placed = self._rows.cursor
        self._draw_title()
        self._draw_columns()

    def _drawn(self) -> tuple[list[str], Mapping[str, Mapping[str, Text]]]:
        """The rows' ids, sorted, and their cells."""
        zone, now_ms, chosen = self.kstory.zone, self.kstory.now_ms(), self._chosen
        if self._view == 0:
            groups = sorted(self._counted.groups, key=SORTS[self._sort])
            return [g.fingerprint.id for g in groups], {
                g.fingerprint.id: group_cells(g, zone, now_ms, is_chosen=g.fingerprint.id in chosen)
                for g in groups
            }
        name = VIEWS[self._view].name
        tallied = self._counted.keys if name == KEY else self._counted.places
        return [t.name for t in tallied], {
            t.name: tally_cells(t, name, zone, now_ms, is_chosen=t.name in chosen) for t in tallied
        }

    def _draw_nothing(self) -> None:
        counted = self._counted
        where = topics_text(counted.topics)
        said = (
            f"No letter in {where}" if where else "No topic of this source holds dead letters"
        ) + (f" that fits: {self._wanted.text}" if self._wanted.text else "")
        self._sample_pane.border_title = Content(" nothing here ")
        self._sample_pane.update(Text(f" {visible(said, limit=400)}.", "dim"))

    @property
    def _sample_pane(self) -> Static:
        return self.query_one("#sample", Static)

    def _draw_sample(self) -> None:
        read, told, pane = self._sample.read, self._sample.told, self._sample_pane
        group, is_tall = self._group, self.size.height >= _TALL
        pane.border_title = Content(" the newest letter of the row ")
        if read is None or read.letter is None:
            pane.update(Text(" The sample is not there any more; R counts again.", "yellow"))
            return
        tools, letter = self.kstory.letter_tools, read.letter
        stack = read_stack(letter.last.failure.stack, self.kstory.letter_tools.rules.is_ours)
        of = group.count if group is not None else 1
        text = sample_text(letter, tools.event(letter), stack, read.fate, self.kstory.zone, of=of)
        found = None if told is None else told.aftermath
        last = aggregate_text(found, "" if told is None else told.why_not, "searching …")
        lines = [text, last]
        if group is not None:
            lines += why_lines(group.fingerprint, in_full=is_tall)
        if is_tall:
            lines += [Text(), *stack_lines(stack, self.size.width, folded=True)[:_STACK_LINES]]
        pane.update(Text("\n").join(lines))


def topics_text(topics: Sequence[str]) -> str:
    """`payment-events-dlt and 2 more`."""
    if not topics:
        return ""
    return topics[0] if len(topics) == 1 else f"{topics[0]} and {len(topics) - 1} more"
