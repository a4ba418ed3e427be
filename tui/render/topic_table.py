"""The rows of the list of topics: counts at the right of their columns, signs before the names."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from readers.source import TopicInfo
from tui.render.numbers import count, rate, size, sparkline
from tui.render.safe_text import visible
from tui.render.times import ago

COLUMNS = {
    "": 2, "topic": None, "parts": None, "records": None, "rate": 16, "size": None,
    "last write": 10, "remark": None,
}  # fmt: skip
"""Each column's name and width; None is as wide as it has to be."""
_NAMES = tuple(COLUMNS)
_NUMBERS = (2, 3, 5)
_BARS = 8
_ERROR_CHARS = 80


@dataclass(frozen=True, slots=True)
class ListedTopic:
    """A topic as it is shown.

    Attributes:
        is_letters: it holds dead letters.
        rates: its last ones, records a second.
    """

    info: TopicInfo
    is_chosen: bool
    is_letters: bool
    colour: str
    rates: tuple[float, ...]


def topic_rows(topics: Sequence[ListedTopic], now_ms: int) -> list[list[Text]]:
    """One row a topic, safe to be drawn."""
    rows = [_cells(topic, now_ms) for topic in topics]
    for column in _NUMBERS:
        width = max([len(_NAMES[column]), *(row[column].cell_len for row in rows)])
        for row in rows:
            row[column].pad_left(width - row[column].cell_len)
    return rows


def _cells(topic: ListedTopic, now_ms: int) -> list[Text]:
    info = topic.info
    return [
        Text(("✓" if topic.is_chosen else " ") + ("▣" if topic.is_letters else " ")),
        Text(visible(info.name, limit=249), topic.colour),
        Text(str(len(info.partitions))),
        Text(count(info.offsets_count)),
        _rate(topic.rates),
        Text(size(info.size_bytes)),
        Text(_since(info.last_write_ms, now_ms)),
        _remark(info, topic.is_letters),
    ]


def _since(time_ms: int | None, now_ms: int) -> str:
    """How long ago, in the largest unit alone: `2 d ago`."""
    number, *rest = ago(time_ms, now_ms).split(" ")
    return " ".join([number, rest[0], "ago"]) if rest[-1:] == ["ago"] else " ".join([number, *rest])


def _rate(rates: Sequence[float]) -> Text:
    if not rates:
        return Text("…", "dim")
    return Text.assemble(f"{rate(rates[-1]):>7} ", (sparkline(rates, _BARS), "cyan"))


def _remark(info: TopicInfo, is_letters: bool) -> Text:
    if info.error is not None:
        return Text(f"✗ {visible(info.error, limit=_ERROR_CHARS)}", "bold red")
    words = [word for word, holds in (("dead letters", is_letters), ("internal", info.internal),
                                      ("compacted", bool(info.compacted))) if holds]  # fmt: skip
    return Text(", ".join(words), "bold" if is_letters else "dim")
