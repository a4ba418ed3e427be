"""What a tail's title says of its state."""

import pytest

from tui.render.tail_title import passed_text, state_text


def state(
    *, paused: bool = False, held: bool = False, behind: int | None = None, per_s: int | None = None
) -> str:
    return state_text(paused=paused, held=held, loading=False, behind=behind, sampled_per_s=per_s)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (state(), "following"),
        (state(behind=12_300), "following, 12,300 behind"),
        (state(per_s=301_204), "sampling 301,204/s"),
        (state(per_s=301_204, behind=900_000), "sampling 301,204/s, 900,000 behind"),
        (state(paused=True, behind=7), "paused, 7 behind"),
        (state(held=True, per_s=301_204), "holding: G goes to the end"),
    ],
)
def test_a_state_says_whether_all_is_shown_and_how_late(said: str, expected: str) -> None:
    assert said == expected


def test_what_was_passed_over_is_told_where_there_is_any() -> None:
    assert (passed_text(0), passed_text(12_204_410)) == ("", "12,204,410 passed over")
