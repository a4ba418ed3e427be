"""What is sent into a cluster is noted before it begins and when it ends; nothing is taken back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from replay.deadletters.ledger import Ledger
from replay.deadletters.ledger_schema import LedgerError
from replay.transfer.move_log import Move, MoveLog, MoveState
from replay.transfer.sending import SendStep
from tests.tui.invoked import Invoke
from tui.commands.move_noting import follow, noted

MOVE = Move(1_000, "ann@laptop", MoveState.BEGUN, "replay-1", "a.kstory", ("a", "b"), 0, "why")


@pytest.fixture
def log(tmp_path: Path) -> MoveLog:
    return MoveLog(tmp_path / "c.ledger", "c")


def states(log: MoveLog) -> list[tuple[MoveState, int]]:
    return [(move.state, move.records) for move in log.moves()]


def test_lines_are_kept_in_their_order(log: MoveLog) -> None:
    done = replace(MOVE, state=MoveState.DONE, at_ms=2_000, records=7, reason=None)
    assert log.moves() == ()
    log.note(MOVE)
    log.note(done)
    assert log.moves() == (MOVE, done)
    assert log.moves(since_ms=1_001) == (done,)


def test_it_lies_in_the_ledger_of_the_cluster(log: MoveLog, tmp_path: Path) -> None:
    log.note(MOVE)
    with closing(Ledger(tmp_path / "c.ledger", "c")) as ledger:
        assert list(ledger.entries()) == []
    with pytest.raises(LedgerError, match="another cluster's"):
        MoveLog(tmp_path / "c.ledger", "d").moves()


@pytest.mark.parametrize("sql", ["DELETE FROM moves", "UPDATE moves SET records = 0"])
def test_nothing_is_taken_back(log: MoveLog, tmp_path: Path, sql: str) -> None:
    log.note(MOVE)
    database = sqlite3.connect(tmp_path / "c.ledger")
    with closing(database), pytest.raises(sqlite3.IntegrityError, match="stays said"):
        database.execute(sql)


def test_what_this_run_sent_is_noted_at_the_end(log: MoveLog) -> None:
    with noted(log, MOVE) as sent:
        assert states(log) == [(MoveState.BEGUN, 0)]
        list(follow(iter([SendStep(5), SendStep(9)]), sent))
    assert (sent.before, sent.now) == (5, 4)
    assert states(log)[1:] == [(MoveState.DONE, 4)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, LedgerError])
def test_what_was_stopped_is_noted_as_that(log: MoveLog, error: type[BaseException]) -> None:
    def failing() -> Iterator[SendStep]:
        yield SendStep(5)
        yield SendStep(7)
        raise error

    with pytest.raises(error), noted(log, MOVE) as sent:
        list(follow(failing(), sent))
    assert states(log)[1:] == [(MoveState.STOPPED, 2)]


def test_nothing_is_sent_that_cannot_be_noted(tmp_path: Path) -> None:
    (tmp_path / "c.ledger").write_text("no ledger")
    log = MoveLog(tmp_path / "c.ledger", "c")
    with pytest.raises(LedgerError, match="so this was not noted"), noted(log, MOVE):
        pytest.fail("begun")


def test_a_source_that_nothing_was_sent_into_says_so(invoke: Invoke) -> None:
    found = invoke("moves")
    assert (found.code, found.out) == (1, "")
    assert "has nothing that was sent into it" in found.err
