"""A tail's header line; drawn only when it says something else."""

from collections.abc import Collection, Sequence

from rich.text import Text
from textual.widgets import Static

from readers.record import TopicPartition
from tui.render.tail_row import fit
from tui.render.tail_title import partitions_text

_BESIDE_TOPICS = 48
"""Cells that the rest of the line needs as a rule."""


class TailTitle(Static):
    """Names the topics and their partitions, and what state the tail is in."""

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__("", id="title", markup=False)
        self._topics = topics
        self._shown = ""

    def show(self, places: Collection[TopicPartition], said: Sequence[str]) -> None:
        """Draw it with these parts behind the topics; empty ones are left away."""
        width = self.content_size.width or self.screen.size.width
        topics = fit(", ".join(self._topics), max(12, width - _BESIDE_TOPICS))
        parts = [f"kstory  {topics.rstrip()}", partitions_text(places), *said]
        text = fit("  ".join(filter(None, parts)), width).rstrip()
        if text != self._shown:  # an idle screen sends nothing to the terminal
            self._shown = text
            self.update(Text(text, no_wrap=True), layout=False)
