"""All of one record: where it lies, key, headers, and its value as a tree, as text or as bytes."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from readers.record import Record
from replay.deadletters.dialects.header_codecs import Codec, number
from replay.event import Event
from tui.render import hex_dump
from tui.render.numbers import size
from tui.render.payload_tree import Node, node_of
from tui.render.record_line import NULL, key_text
from tui.render.safe_text import visible
from tui.render.text_head import WRAP_CHARS, text_head, wrapped
from tui.render.times import Zone, date_and_time
from tui.widgets.lines_view import LinesView

TREE_BYTES = 1_000_000
"""Larger values are not decoded: their beginning is shown as text."""
_HEADERS_SHOWN = 50
_HEADER_BYTES = 200
_KEY_BYTES = 400
_JAVA_SERIALIZED = bytes.fromhex("aced0005")
"""How Java's ObjectOutputStream begins; what follows may be code, and is never read."""


class Form(Enum):
    """What is shown under a record's head."""

    DECODED = "decoded"
    TEXT = "raw text"
    HEX = "bytes"
    HEADERS = "headers"


_FORMS = (Form.DECODED, Form.TEXT, Form.HEX)
HeadLines = Callable[[Record, Event | None, Zone, str], list[str]]
"""The lines above a value: of a record, its event if it was decoded, and a note about the value."""


class RecordDetail(Vertical):
    """Shows one record; a value of 20 MB at once, since only its beginning is looked at.

    Attributes:
        form: of the value, or the headers in its place.
        numbers: headers that are known to be numbers in bytes, and how they are read.
    """

    DEFAULT_CSS = """
    RecordDetail { height: 45%; border-top: solid $panel; display: none; }
    RecordDetail.shown { display: block; }
    RecordDetail Static { height: auto; max-height: 7; }
    RecordDetail Tree { height: 1fr; }
    RecordDetail .away { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "hex", "Hex", tooltip="The value's bytes in hexadecimal, or decoded again"),
        Binding("plus", "more", "More", show=False, tooltip="Show more of a long value"),
    ]

    def __init__(self, read: Callable[[Record], Event], *, head: HeadLines | None = None) -> None:
        super().__init__()
        self._read = read
        self._head = head or head_lines
        self._record: Record | None = None
        self._zone: Zone | None = None
        self.form = Form.DECODED
        self.numbers: Mapping[str, Codec] = {}
        self._steps = 1

    def compose(self) -> ComposeResult:
        """The record's head above its value."""
        yield Static("", markup=False)
        tree: Tree[Node] = Tree("")
        tree.show_root = False
        yield tree
        yield LinesView()

    @property
    def is_shown(self) -> bool:
        """Whether it is on screen."""
        return self.has_class("shown")

    def show(self, record: Record | None, zone: Zone) -> None:
        """Show this record; None clears it."""
        if record is self._record and zone == self._zone:
            return
        if record is not self._record:
            self._steps = 1
        self._record, self._zone = record, zone
        self._draw()

    def toggle_hex(self) -> None:
        """Show the value's bytes in hexadecimal, or decoded again."""
        self.use_form(Form.DECODED if self.form is Form.HEX else Form.HEX)

    def next_form(self) -> None:
        """Decoded, then as raw text, then as bytes."""
        at = _FORMS.index(self.form) if self.form in _FORMS else -1
        self.use_form(_FORMS[(at + 1) % len(_FORMS)])

    def use_form(self, form: Form) -> None:
        """Show it in this form."""
        self.form = form
        self._draw()

    def show_more(self) -> None:
        """Show more of a long text."""
        self._steps += 1
        self._draw(keep_place=True)

    def action_hex(self) -> None:
        """`x` while the pane has the focus."""
        self.toggle_hex()

    def action_more(self) -> None:
        """`+` while the pane has the focus."""
        self.show_more()

    def _draw(self, *, keep_place: bool = False) -> None:
        record, zone = self._record, self._zone
        head = self.query_one(Static)
        if record is None or zone is None:
            head.update("no record under the cursor")
            self._use(None)
            return
        raw = record.value or b""
        event = self._read(record) if len(raw) <= TREE_BYTES else None
        note = self._draw_value(raw, event, keep_place)
        head.update(Text("\n".join(self._head(record, event, zone, note))))

    def _draw_value(self, raw: bytes, event: Event | None, keep_place: bool) -> str:
        """Draw the value; what is to be said about how it is shown."""
        lines = self.query_one(LinesView)
        if self.form is Form.HEADERS and self._record is not None:
            self._use(lines)
            listed = header_lines(self._record, self.numbers, self._wrap_at)
            lines.show(len(listed), listed.__getitem__)
            return ""
        if self.form is Form.HEX:
            self._use(lines)
            lines.show(hex_dump.line_count(raw), lambda n: _first(hex_dump.lines(raw, n, 1)))
            return "bytes, x decodes"
        value = None if event is None else event.payload.value
        if self.form is Form.DECODED and isinstance(value, dict | list):
            self._use(self._tree)
            self._grow_root(node_of("", value))
            return ""
        if event is not None and event.record.value is None:
            self._use(None)
            return ""
        self._use(lines)
        shown = text_head(raw, steps=self._steps, width=self._wrap_at)
        lines.show(len(shown.lines), shown.lines.__getitem__, keep_place=keep_place)
        if len(raw) == shown.shown_bytes:
            return ""
        return f"showing {size(shown.shown_bytes)} of {size(len(raw))}; + shows more, x all bytes"

    @property
    def _wrap_at(self) -> int:
        room = self.size.width - 2
        return min(room, WRAP_CHARS) if room > 0 else WRAP_CHARS

    @property
    def _tree(self) -> "Tree[Node]":
        return self.query_one(Tree)

    def _use(self, widget: object) -> None:
        for each in (self._tree, self.query_one(LinesView)):
            each.set_class(each is not widget, "away")

    def _grow_root(self, node: Node) -> None:
        tree = self._tree
        tree.clear()
        tree.root.data = node
        for child in node.children():
            _add_to(tree.root, child)
        tree.root.expand()

    def on_tree_node_expanded(self, event: "Tree.NodeExpanded[Node]") -> None:
        """Make the branches of what was opened, the first time."""
        node = event.node
        if node.data is not None and not node.children and not node.is_root:
            for child in node.data.children():
                _add_to(node, child)


def _add_to(parent: TreeNode[Node], child: Node) -> None:
    if child.is_leaf:
        parent.add_leaf(Text(child.label), child)
    else:
        parent.add(Text(child.label), child)


def _first(lines: Sequence[str]) -> str:
    return lines[0] if lines else ""


def head_lines(record: Record, event: Event | None, zone: Zone, note: str) -> list[str]:
    """Where it lies, when it was written, its key and its headers; safe to be drawn."""
    kind = "" if record.timestamp_type is None else f" ({record.timestamp_type.value})"
    encoding = "not decoded" if event is None else event.payload.encoding
    first = (
        f" {record.topic} p{record.partition} @{record.offset:,}   "
        f"{date_and_time(record.timestamp_ms, zone)} {zone.name}{kind}   "
        f"{size(record.size_bytes)}   {encoding}"
    )
    lines = [
        visible(first, limit=512),
        visible(f" key {key_text(record.key, limit=_KEY_BYTES)}", limit=512),
    ]
    if record.headers:
        lines.append(headers_line(record))
    if event is not None and event.error is not None:
        lines.append(visible(f" ✗ {event.error}", limit=512))
    if record.value is None:
        lines.append(f" value {NULL} (null: a tombstone on a compacted topic)")
    return [*lines, f" {note}"] if note else lines


def header_lines(
    record: Record, numbers: Mapping[str, Codec], width: int = WRAP_CHARS
) -> list[str]:
    """Every header, and below it the further lines of its value, where it has some."""
    return [
        line
        for name, value in record.headers
        for at, part in enumerate(_header_text(value, numbers.get(name)).splitlines() or [""])
        for line in wrapped(f"{name}  {part}" if at == 0 else f"    {part.strip()}", width)
    ]


def _header_text(value: bytes | None, codec: Codec | None) -> str:
    """A header as people read it; unless a codec is known, 4 or 8 bytes of no text are a number."""
    if value is None:
        return key_text(None)
    if value.startswith(_JAVA_SERIALIZED):
        return f"Java-serialized, not opened ({len(value):,} bytes)"
    read = codec(value) if codec is not None else None if value.isdigit() else number(value)
    return key_text(value) if read is None else f"{read} (a number of {len(value)} bytes)"


def headers_line(record: Record) -> str:
    """The headers in their order, repeats and nulls as they are."""
    shown = record.headers[:_HEADERS_SHOWN]
    told = " · ".join(f"{name} {key_text(value, limit=_HEADER_BYTES)}" for name, value in shown)
    more = len(record.headers) - len(shown)
    tail = f" · … {more:,} more" if more else ""
    return visible(f" headers {told}", limit=512) + tail
