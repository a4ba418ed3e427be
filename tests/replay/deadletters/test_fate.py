"""Whose letters of one origin share what was said of one of them, and what was done with it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from readers.record import Position, Record
from replay.deadletters.fate import Outcome, fate_of
from replay.deadletters.ledger import Entry, Ledger, open_ledger
from replay.deadletters.ledger_entry import verdict
from replay.deadletters.letter import Confidence, DeadLetter, Hop, Origin

ORIGIN = Position("orders", 0, 7)


def letter(topic: str, group: str | None, offset: int = 0) -> DeadLetter:
    record = Record(topic, 0, offset, None, None, None, None)
    hop = Hop(Origin(*ORIGIN), consumer_group=group)
    return DeadLetter(record, None, Confidence.SURE, (hop,), None)


PAY, SHIP = letter("pay-dlt", "pay"), letter("ship-dlt", "ship")
PAY_AGAIN, UNTOLD = letter("pay-dlt", "pay", 1), letter("other-dlt", None)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(open_ledger(tmp_path, "fake")) as opened:
        yield opened


def said(letter: DeadLetter, outcome: Outcome, at_ms: int) -> Entry:
    return verdict(letter, outcome, who="ann@desk", at_ms=at_ms, reason="so")


def outcomes(ledger: Ledger, *letters: DeadLetter) -> list[str]:
    fates = ledger.fates()
    return [fate_of(fates, letter).outcome.value for letter in letters]


def test_what_is_said_of_a_letter_holds_for_its_consumer_group(ledger: Ledger) -> None:
    ledger.note([said(PAY, Outcome.IGNORED, 1)])
    assert outcomes(ledger, PAY, PAY_AGAIN, SHIP, UNTOLD) == [
        "ignored",
        "ignored",
        "open",
        "ignored",
    ]


def test_each_group_keeps_what_was_said_of_it_last(ledger: Ledger) -> None:
    ledger.note([said(PAY, Outcome.IGNORED, 1), said(SHIP, Outcome.RESOLVED, 2)])
    assert outcomes(ledger, PAY_AGAIN, SHIP, UNTOLD) == ["ignored", "resolved", "resolved"]
    ledger.note([said(PAY, Outcome.OPEN, 3)])
    assert outcomes(ledger, PAY, PAY_AGAIN, SHIP) == ["open", "open", "resolved"]


def test_what_was_sent_is_sent_for_all_groups(ledger: Ledger) -> None:
    sent = Entry(2, "ann@desk", Outcome.REPUBLISHED, PAY.position, ORIGIN, plan_id="p", seq=0)
    ledger.note([said(SHIP, Outcome.IGNORED, 1), sent])
    assert outcomes(ledger, PAY, SHIP, UNTOLD) == ["republished"] * 3


def test_what_is_said_without_a_group_holds_for_all(ledger: Ledger) -> None:
    ledger.note([said(SHIP, Outcome.RESOLVED, 1), said(UNTOLD, Outcome.IGNORED, 2)])
    assert outcomes(ledger, PAY, SHIP, UNTOLD) == ["ignored"] * 3


def test_a_ledger_that_was_made_without_groups_gets_them(ledger: Ledger) -> None:
    ledger.note([said(PAY, Outcome.IGNORED, 1)])
    ledger.close()
    with closing(sqlite3.connect(ledger.path)) as older:
        older.execute("ALTER TABLE entries DROP COLUMN consumer_group")
        older.commit()
    with closing(open_ledger(ledger.path.parent, "fake")) as opened:
        assert outcomes(opened, PAY, SHIP) == ["ignored", "ignored"]
        opened.note([said(SHIP, Outcome.RESOLVED, 2)])
        assert outcomes(opened, PAY_AGAIN, SHIP) == ["ignored", "resolved"]
