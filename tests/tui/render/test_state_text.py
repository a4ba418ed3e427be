"""What stands above a state."""

import pytest

from tui.render.state_text import kept_words

MIB = 1 << 20


@pytest.mark.parametrize(
    ("kept_bytes", "said"),
    [(0, ""), (MIB - 1, ""), (3 * MIB, " · snapshots 3 of 256 MiB")],
)
def test_the_byte_budget_is_said_where_it_matters(kept_bytes: int, said: str) -> None:
    assert kept_words(kept_bytes, 256 * MIB) == said
