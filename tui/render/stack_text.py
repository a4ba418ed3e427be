"""A stack trace as lines, with the frames that are not the application's folded together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from rich.text import Text

from replay.deadletters.groups.stack_trace import frame_of
from tui.render.safe_text import visible

MAX_LINES = 2_000
_LINE_CHARS = 400
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class StackLine:
    """One line of a trace: a frame, of the application's or not, or else what was thrown."""

    text: str
    is_frame: bool
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Stack:
    """A trace's lines, and how many lines it has beyond those kept."""

    lines: tuple[StackLine, ...] = ()
    left_out: int = 0

    @property
    def ours(self) -> int:
        """How many frames are the application's."""
        return sum(line.is_ours for line in self.lines)

    @property
    def folded(self) -> int:
        """How many are not."""
        return sum(line.is_frame and not line.is_ours for line in self.lines)

    @property
    def summary(self) -> str:
        """`9 frames of ours, 41 of frameworks`."""
        if not self.lines:
            return "no stack"
        return f"{self.ours} frames of ours, {self.folded} of frameworks"


def read_stack(trace: str | None, is_ours: Callable[[str], bool]) -> Stack:
    """The lines of a trace; `is_ours` says it of a frame's line."""
    if not trace:
        return Stack()
    written = [line for line in trace.splitlines() if line.strip()]
    kept = tuple(_line(text, is_ours) for text in written[:MAX_LINES])
    return Stack(kept, len(written) - len(kept))


def _line(text: str, is_ours: Callable[[str], bool]) -> StackLine:
    bare = text.strip()
    is_call = frame_of(bare) is not None
    return StackLine(bare, is_call or bare.startswith("... "), is_call and is_ours(bare))


def stack_lines(stack: Stack, width: int = _LINE_CHARS, *, folded: bool) -> list[Text]:
    """The trace, safe to be drawn; packages are shortened where a frame is wider than `width`.

    What was thrown is left whole: it may take several lines.
    """
    lines = list(_drawn(stack, width, folded))
    if stack.left_out:
        lines.append(Text(f"… {stack.left_out:,} more lines", "dim"))
    return lines


def _drawn(stack: Stack, width: int, folded: bool) -> Iterator[Text]:
    for is_folded, lines in groupby(stack.lines, lambda line: line.is_frame and not line.is_ours):
        if is_folded and folded:
            count = sum(1 for _ in lines)
            yield Text(f"{_INDENT}… {count} framework frame{'' if count == 1 else 's'}", "dim")
        else:
            yield from (_one(line, width) for line in lines)


def _one(line: StackLine, width: int) -> Text:
    if not line.is_frame:
        return Text(visible(line.text, limit=_LINE_CHARS), "bold")
    said = shortened(visible(line.text, limit=_LINE_CHARS), width - len(_INDENT))
    style = "" if line.is_ours else "dim"
    return Text(f"{_INDENT}{said}", style, no_wrap=True, overflow="ellipsis")


def shortened(frame: str, width: int) -> str:
    """`at c.s.payment.PaymentClient.charge(…:88)`: packages cut to a letter, then the file's name.

    Only as much is cut as has to be.
    """
    name, bracket, place = frame.partition("(")
    words = name.split(".")
    for at in range(len(words) - 2):  # the last two are the class and its method
        if len(frame) <= width:
            break
        module, slash, package = words[at].rpartition("/")
        head, space, _ = module.rpartition(" ") if slash else package.rpartition(" ")
        words[at] = f"{head}{space}{package.rpartition(' ')[2][:1]}"
        frame = ".".join(words) + bracket + place
    line = place.rpartition(":")[2]
    return f"{'.'.join(words)}(…:{line}" if len(frame) > width and ":" in place else frame
