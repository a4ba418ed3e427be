"""A payload as a tree whose branches are made when opened, a hundred children at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from readers.decoders.payload import Json
from tui.render.safe_text import visible

PAGE = 100
"""Children shown of one node before a node that says how many more there are."""
_TEXT_CHARS = 512


@dataclass(frozen=True, slots=True)
class Node:
    """One line of the tree.

    Attributes:
        label: safe to be drawn.
        value: what opens below it.
        skip: how many of the value's children were shown already; above 0 it is a "more" node.
    """

    label: str
    value: Json | bytes
    skip: int = 0

    @property
    def is_leaf(self) -> bool:
        """Whether nothing opens below it."""
        return not (isinstance(self.value, dict | list) and self.value)

    def children(self) -> list["Node"]:
        """The next hundred of its children, and a node for the rest where there are more."""
        if not isinstance(self.value, dict | list):
            return []
        shown = [node_of(name, value) for name, value in self._page(self.value)]
        skip = self.skip + len(shown)
        left = len(self.value) - skip
        return [*shown, Node(f"… {left:,} more", self.value, skip)] if left else shown

    def _page(self, value: "dict[str, Json] | list[Json]") -> Iterator[tuple[str, Json]]:
        end = self.skip + PAGE
        if isinstance(value, dict):
            return islice(value.items(), self.skip, end)
        return ((f"[{at}]", item) for at, item in enumerate(value[self.skip : end], self.skip))


def node_of(name: str, value: Json | bytes) -> Node:
    """A value under its name; an empty name is left away."""
    label = visible(name, limit=_TEXT_CHARS)
    return Node(f"{label} {value_label(value)}" if label else value_label(value), value)


def value_label(value: Json | bytes) -> str:
    """A value in one line: text in quotes, lists and objects by their size."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{visible(value, limit=_TEXT_CHARS)}"'
        case bytes():
            more = " …" if len(value) > 32 else ""
            return f"{value[:32].hex(' ')}{more} ({len(value):,} bytes)"
        case dict():
            return f"{{{len(value):,}}}"
        case list():
            return f"[{len(value):,}]"
        case _:
            return str(value)
