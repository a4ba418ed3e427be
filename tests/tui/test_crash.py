import stat
from pathlib import Path

from readers.errors import SourceError
from tui.crash import report_crash

SECRET = "hunter2-the-password"


def crashed() -> BaseException:
    password = SECRET
    try:
        {}[password]
    except KeyError as cause:
        try:
            raise ValueError(f"bad value {password}") from cause
        except ValueError as error:
            return error
    raise AssertionError


def test_a_report_holds_the_stack_and_nothing_of_the_data(tmp_path: Path) -> None:
    sentence = report_crash(crashed(), folder=tmp_path)
    (path,) = tmp_path.iterdir()
    report = path.read_text()
    assert str(path) in sentence
    assert SECRET not in sentence + report
    assert "ValueError\n" in report
    assert "KeyError\n" in report
    assert ":crashed\n" in report


def test_a_report_is_its_owners_alone(tmp_path: Path) -> None:
    report_crash(crashed(), folder=tmp_path / "state")
    (path,) = (tmp_path / "state").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_text_of_our_own_errors_is_told_made_safe(tmp_path: Path) -> None:
    sentence = report_crash(SourceError("no \x1b]0;x\x07 answer"), folder=tmp_path)
    assert "SourceError: no ␛]0;x␇ answer" in sentence


def test_a_report_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    sentence = report_crash(crashed(), folder=file / "below")
    assert "no report could be written" in sentence
