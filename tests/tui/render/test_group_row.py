from readers.record import Position
from replay.deadletters.fate import Fate, Outcome
from replay.deadletters.groups.group import Fingerprint, Group
from tests.fakes import START_MS
from tui.render.group_row import (
    FATE,
    KEYS,
    RATE,
    fate_line,
    fates_text,
    group_cells,
    kind_text,
    moment,
)
from tui.render.times import UTC_ZONE

DAY_MS = 86_400_000


def kind(exception: str | None, frame: str | None, message: str | None) -> Fingerprint:
    return Fingerprint("id", 1, exception, frame, message, ())


def group(rate: tuple[int, ...], *, at_least: bool = False) -> Group:
    return Group(
        kind("a.B", None, None), 9, 0, 2, START_MS, START_MS, ("t",), ("o",), (), 7, 7, at_least,
        rate, Position("t", 0, 0), {Outcome.IGNORED: 1},
    )  # fmt: skip


def test_a_kind_is_its_class_and_its_frame_or_else_its_message() -> None:
    assert kind_text(kind("com.shop.NoAnswer", "Client.charge", "m")).plain == (
        "NoAnswer  at Client.charge"
    )
    assert kind_text(kind("com.shop.NoAnswer", None, "no ‹*›")).plain == "NoAnswer  “no ‹*›”"
    assert kind_text(kind(None, None, None)).plain == "nothing tells why"


def test_a_moment_of_another_day_has_its_date() -> None:
    assert moment(START_MS, UTC_ZONE, START_MS + 1) == "12:00:00"
    assert moment(START_MS, UTC_ZONE, START_MS + DAY_MS) == "11-23 12:00"
    assert moment(None, UTC_ZONE, START_MS) == "—"


def test_what_is_worst_of_the_fates_comes_first() -> None:
    fates = {Outcome.OPEN: 3, Outcome.RESOLVED: 1, Outcome.REPUBLISHED: 2}
    assert fates_text(fates, came_back=4).plain == "4 came back, 2 sent, 1 resolved"
    assert fates_text({Outcome.OPEN: 3}).plain == "—"


def test_a_rate_is_put_together_to_fit_and_nothing_is_a_gap() -> None:
    cells = group_cells(group((0, 0, 1, 1) * 12), UTC_ZONE, START_MS, is_chosen=False)
    assert cells[RATE].plain == "█" * 12
    cells = group_cells(group((0, 4, 2)), UTC_ZONE, START_MS, is_chosen=False)
    assert cells[RATE].plain == "·█▅"


def test_counts_that_stand_for_more_say_so() -> None:
    cells = group_cells(group((), at_least=True), UTC_ZONE, START_MS, is_chosen=True)
    assert cells[KEYS].plain == "≥7"
    assert cells[FATE].plain == "2 came back, 1 ignored"
    assert cells[""].plain == "✓"


def test_a_fate_says_who_and_where_to_and_why() -> None:
    fate = Fate(Outcome.REPUBLISHED, START_MS, "ann@host", "fixed\x1b", "p", Position("t", 1, 2))
    assert fate_line(fate, UTC_ZONE).plain == (
        "↻ sent at 2026-11-23 12:00:00 by ann@host → t p1 @2  “fixed␛”"
    )
