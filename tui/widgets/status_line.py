"""The one status line: source, permission, connection, clock, and what is being searched."""

from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.widgets import Static

from readers.profiles import SourceSpec
from readers.source import Connection, ConnectionState
from tui.render.safe_text import visible

if TYPE_CHECKING:
    from tui.app import KstoryApp

HINT = "? help  Esc back "
"""Said wherever there is room: a footer that is full leaves these keys out."""


def connection_text(connection: Connection, now_s: float) -> tuple[str, str]:
    """What the connection is, and its style: `live`, `no answer for 7 s`, `gone: retrying`."""
    for_s = max(0, int(now_s - connection.since_s))
    match connection.state:
        case ConnectionState.OPENING:
            return "connecting", "yellow"
        case ConnectionState.LIVE:
            return "● live", "green"
        case ConnectionState.SILENT:
            return f"◌ no answer for {for_s} s", "bold yellow"
        case ConnectionState.GONE:
            return f"✗ gone for {for_s} s: retrying", "bold red"


class StatusLine(Static):
    """Redrawn by the app each second, and when something it shows changes."""

    def __init__(self) -> None:
        super().__init__("", markup=False, id="status")
        self._shown = Text()

    def on_mount(self) -> None:
        """Say at once how things are, not only at the next second."""
        cast("KstoryApp", self.app).draw_status()

    def show(self, spec: SourceSpec, now: tuple[str, str], zone: str, searching: str) -> None:
        """Draw it anew; `now` is a text and its style."""
        text = Text(no_wrap=True, overflow="ellipsis")
        if spec.profile:
            text.append(f" {visible(spec.profile, limit=30)}", style="bold")
        if spec.kind != "recording" or not spec.profile:
            text.append(f" {visible(spec.address, limit=60)}", style="bold")
        if spec.production:
            text.append(" PRODUCTION ", style="bold white on red")
        text.append("  WRITES ON" if spec.allow_writes else "  read-only")
        said, style = now
        text.append(f"  {said}", style=style)
        text.append(f"  {zone}")
        if searching:
            text.append(f"  {visible(searching, limit=160)}")
        room = self.content_size.width - text.cell_len - len(HINT)
        if room > 1:
            text.append(" " * room).append(HINT, style="dim")
        if text != self._shown:  # an idle screen sends nothing to the terminal
            self._shown = text
            self.update(text, layout=False)
