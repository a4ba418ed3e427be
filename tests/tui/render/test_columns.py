from rich.text import Text

from tui.render.columns import Column, column_at, fit, heading, row
from tui.render.row_order import order_of

COLUMNS = (
    Column("kind", 4, share=1),
    Column("count", 6, is_number=True),
    Column("rate", 8, from_width=40),
)


def test_what_is_left_over_goes_to_the_columns_that_share() -> None:
    assert [width for _, width in fit(COLUMNS, 50)] == [32, 6, 8]


def test_a_column_is_left_away_where_there_is_no_room_for_it() -> None:
    assert [(column.name, width) for column, width in fit(COLUMNS, 30)] == [
        ("kind", 22),
        ("count", 6),
    ]


def test_cells_are_cut_and_numbers_stand_at_the_right() -> None:
    cells = {"kind": Text("x" * 40), "count": Text("12")}
    assert row(cells, fit(COLUMNS, 30)).plain == "x" * 21 + "…" + "      12"


def test_the_heading_says_what_rows_are_sorted_by() -> None:
    fitted = fit(COLUMNS, 30)
    assert heading(fitted, "count").plain.split() == ["kind", "count▾"]
    assert column_at(fitted, 25) == "count"
    assert column_at(fitted, 22) is None


def test_rows_that_come_in_go_below_those_that_are_read() -> None:
    assert order_of(["b", "a", "gone"], ["a", "c", "b"], held=True) == ["b", "a", "c"]
    assert order_of(["b", "a"], ["a", "c", "b"], held=False) == ["a", "c", "b"]
