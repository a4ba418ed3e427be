"""What is said beside a line of progress."""

import pytest

from tui.progress import LineProgress


def test_what_is_worth_telling_is_told_once(capfd: pytest.CaptureFixture[str]) -> None:
    with LineProgress() as progress:
        for said in ("", "It is slower.", "It is slower.", "It is remembered."):
            progress.tell(said)
    assert capfd.readouterr().err == "It is slower.\nIt is remembered.\n"
