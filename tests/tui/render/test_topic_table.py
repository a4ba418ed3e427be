import pytest

from readers.source import PartitionBounds, TopicInfo
from tui.render.topic_table import COLUMNS, ListedTopic, topic_rows

NOW_MS = 1_795_435_200_000
HOUR_MS = 3_600_000


def listed(
    name: str = "order-events", end: int = 10, *, is_letters: bool = False, **info: object
) -> ListedTopic:
    bounds = (PartitionBounds(0, 0, end, end),)
    topic = TopicInfo(name, bounds, **info)  # type: ignore[arg-type]
    return ListedTopic(topic, is_chosen=False, is_letters=is_letters, colour="cyan", rates=())


def cells(*topics: ListedTopic) -> list[list[str]]:
    return [[cell.plain for cell in row] for row in topic_rows(topics, NOW_MS)]


def test_counts_stand_at_the_right_of_their_column() -> None:
    rows = cells(listed(end=1_234_567), listed(end=5))
    assert [row[3] for row in rows] == ["1,234,567", "        5"]


@pytest.mark.parametrize(
    ("ago_ms", "said"),
    [(None, "—"), (0, "now"), (49_000, "49 s ago"), (27 * HOUR_MS, "1 d ago"),
     (-HOUR_MS, "in 1 h 0 m")],
)  # fmt: skip
def test_the_last_write_is_told_in_its_largest_unit(ago_ms: int | None, said: str) -> None:
    time_ms = None if ago_ms is None else NOW_MS - ago_ms
    (row,) = cells(listed(last_write_ms=time_ms))
    assert row[6] == said
    assert len(row[6]) <= (COLUMNS["last write"] or 0)


def test_what_is_special_about_a_topic_has_a_sign_or_a_word() -> None:
    letters, internal, locked = cells(
        listed(is_letters=True), listed("__x", internal=True), listed(error="may not be\x1b read")
    )
    assert (letters[0], letters[7]) == (" ▣", "dead letters")
    assert internal[7] == "internal"
    assert locked[7] == "✗ may not be␛ read"


def test_a_name_from_outside_is_shown_and_obeyed_by_nothing() -> None:
    (row,) = cells(listed("a\x1b]0;x\x07[red]\u202e"))
    assert row[1] == "a␛]0;x␇[red]\\u202e"
