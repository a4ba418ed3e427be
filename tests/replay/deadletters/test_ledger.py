"""The ledger: nothing it was told is lost, doubled or changed, whoever else writes it."""

import multiprocessing
import os
import sqlite3
import stat
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from readers.record import Position, Record, TopicPartition
from replay.deadletters.fate import OPEN, Outcome, fate_of
from replay.deadletters.ledger import Entry, Ledger, content_hash, open_ledger
from replay.deadletters.ledger_schema import LedgerError
from replay.deadletters.letter import Confidence, DeadLetter, Hop, Origin
from replay.deadletters.republish.plan import Mended

LETTER = Position("payment-events-dlt", 7, 2204)
ORIGIN = Position("payment-events", 7, 98120)
TARGET = Position("payment-events", 7, 99000)
PLACE = TopicPartition("payment-events", 7)
SENT = Entry(
    1_000, "ann@laptop", Outcome.REPUBLISHED, LETTER, ORIGIN, TARGET, "7c1e", 0, "gateway is back"
)
RECORD = Record(*LETTER, 5, None, b"order-4711", b'{"amount": 15}', (("trace", None),))


def ledger_in(folder: Path) -> Ledger:
    return open_ledger(folder, "cluster-1")


def test_what_was_noted_is_read_again_by_the_next_process(tmp_path: Path) -> None:
    with closing(ledger_in(tmp_path)) as ledger:
        assert ledger.note([SENT]) == 1
    with closing(ledger_in(tmp_path)) as again:
        assert list(again.entries()) == [SENT]


def test_a_plans_letter_is_noted_once_for_each_outcome(tmp_path: Path) -> None:
    back = replace(SENT, outcome=Outcome.CAME_BACK, at_ms=2_000)
    with closing(ledger_in(tmp_path)) as ledger:
        assert ledger.note([SENT]) == 1
        assert ledger.note([replace(SENT, at_ms=9_000), back]) == 1
        assert list(ledger.entries()) == [SENT, back]


def test_the_same_outcome_without_a_plan_may_be_said_again(tmp_path: Path) -> None:
    said = Entry(1, "ann@laptop", Outcome.IGNORED, LETTER, reason="a test order")
    with closing(ledger_in(tmp_path)) as ledger:
        assert ledger.note([said]) == ledger.note([said]) == 1


def test_the_latest_entry_is_a_letters_fate_and_its_origins(tmp_path: Path) -> None:
    ignored = Entry(2_000, "bob@desk", Outcome.IGNORED, LETTER, ORIGIN, reason="superseded")
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([SENT, ignored])
        fates = ledger.fates()
    assert fates[LETTER] == fates[ORIGIN]
    assert (fates[LETTER].outcome, fates[LETTER].reason) == (Outcome.IGNORED, "superseded")


def test_only_the_fates_asked_for_are_told(tmp_path: Path) -> None:
    copy, other = Position("other-dlt", 0, 1), Position("other-dlt", 0, 2)
    entries = [SENT, replace(SENT, letter=other, origin=None, seq=1)]
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note(entries)
        fates, whole = ledger.fates([copy, ORIGIN]), ledger.fates()
        assert fates == {ORIGIN: whole[ORIGIN]}
        assert ledger.fates([LETTER, other]) == {p: whole[p] for p in (LETTER, other)}
        assert list(ledger.entries(places=[ORIGIN])) == entries[:1]
        assert (ledger.fates([]), list(ledger.entries(places=[]))) == ({}, [])


def test_a_copy_of_a_letter_has_its_fate(tmp_path: Path) -> None:
    def at(place: Position, origin: Position) -> DeadLetter:
        record = Record(*place, None, None, None, None)
        return DeadLetter(record, None, Confidence.SURE, (Hop(Origin(*origin)),), None)

    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([SENT])
        fates = ledger.fates()
    copy = Position("other-dlt", 0, 1)
    assert fate_of(fates, at(copy, ORIGIN)).outcome is Outcome.REPUBLISHED
    assert fate_of(fates, at(copy, TARGET)) is OPEN


def test_entries_of_a_plan_of_a_letter_and_since_a_time(tmp_path: Path) -> None:
    other = Entry(5_000, "ann@laptop", Outcome.RESOLVED, Position("dlt", 0, 1), reason="by hand")
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([SENT, other])
        assert list(ledger.entries(plan_id="7c1e")) == [SENT]
        assert list(ledger.entries(letter=LETTER)) == list(ledger.entries(letter=ORIGIN)) == [SENT]
        assert list(ledger.entries(since_ms=5_000)) == [other]
        assert list(ledger.entries(plan_id="7c1e", since_ms=5_000)) == []


def test_how_often_a_letter_was_sent_is_known_by_origin_or_by_content(tmp_path: Path) -> None:
    content = content_hash(None, b"x")
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([SENT, replace(SENT, origin=None, content=content, seq=1)])
        assert ledger.times_sent(origin=ORIGIN) == 1
        assert ledger.times_sent(origin=None, content=content) == 1
        assert ledger.times_sent(origin=ORIGIN, content=content) == 2
        assert ledger.times_sent(origin=None, content=content_hash(b"", b"x")) == 0


def test_what_was_sent_before_it_came_back_from_where_it_was_sent_to_counts(tmp_path: Path) -> None:
    far = Position("payment-events", 3, 4)
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([SENT, replace(SENT, origin=TARGET, target=far, plan_id="8d2f")])
        assert ledger.times_sent(origin=far) == 2
        assert ledger.times_sent(origin=TARGET) == 2
        ledger.note([replace(SENT, origin=None, target=far, plan_id="9e30")])
        assert ledger.times_sent(origin=far) == 3


def test_a_ledger_of_before_is_asked_as_quickly_once_something_is_begun(tmp_path: Path) -> None:
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([SENT])
        with closing(sqlite3.connect(ledger.path)) as connection:
            connection.execute("DROP INDEX entries_by_target")
        assert ledger.times_sent(origin=TARGET) == 1
        ledger.begin("7c1e", [0], {}, who="ann@laptop", at_ms=900)
        with closing(sqlite3.connect(ledger.path)) as connection:
            assert connection.execute("PRAGMA index_info(entries_by_target)").fetchall()


def test_plans_are_found_by_how_their_ids_begin(tmp_path: Path) -> None:
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([SENT, replace(SENT, seq=1), replace(SENT, plan_id="7cff")])
        assert ledger.plan_ids("7c") == ("7c1e", "7cff")
        assert ledger.plan_ids("7cf") == ("7cff",)
        assert ledger.plan_ids("%") == ()


def test_what_was_begun_is_in_flight_until_it_is_settled(tmp_path: Path) -> None:
    with closing(ledger_in(tmp_path)) as ledger:
        begun = ledger.begin("7c1e", [0, 1], {PLACE: 99_000}, who="ann@laptop", at_ms=900)
    with closing(ledger_in(tmp_path)) as after_a_kill:
        assert after_a_kill.in_flight("7c1e") == (begun,)
        assert after_a_kill.in_flight("another") == ()
        after_a_kill.settle([begun], [SENT])
        assert after_a_kill.in_flight("7c1e") == ()
        assert list(after_a_kill.entries()) == [SENT]


def test_settling_leaves_alone_what_another_process_began(tmp_path: Path) -> None:
    with closing(ledger_in(tmp_path)) as one, closing(ledger_in(tmp_path)) as two:
        mine = one.begin("7c1e", [0], {PLACE: 1}, who="ann@laptop", at_ms=1)
        theirs = two.begin("7c1e", [1], {PLACE: 2}, who="bob@desk", at_ms=2)
        one.settle([mine], [SENT])
        assert one.in_flight("7c1e") == (theirs,)


def test_the_latest_mended_content_counts_and_the_earlier_ones_stay(tmp_path: Path) -> None:
    first = Mended(b"order-4711", b'{"amount": 15.0}', (("trace", None), ("trace", b"")))
    second = Mended(None, None, ())
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.mend(RECORD, first, who="ann@laptop", at_ms=1)
        assert ledger.mended(LETTER) == first
        ledger.mend(RECORD, second, who="bob@desk", at_ms=2)
        assert ledger.mended(LETTER) == second
        mends = tuple(ledger.mends(LETTER))
    assert [(mend.who, mend.mended) for mend in mends] == [
        ("ann@laptop", first),
        ("bob@desk", second),
    ]
    assert mends[0].before == mends[1].before != mends[0].after


def test_a_mended_content_can_be_taken_back(tmp_path: Path) -> None:
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.mend(RECORD, Mended(b"k", b"v", ()), who="ann@laptop", at_ms=1)
        ledger.discard_mend(LETTER, who="bob@desk", at_ms=2)
        assert ledger.mended(LETTER) is None
        assert [mend.mended is None for mend in ledger.mends(LETTER)] == [False, True]


def test_reading_makes_no_file(tmp_path: Path) -> None:
    with closing(ledger_in(tmp_path / "not" / "there")) as ledger:
        assert (list(ledger.entries()), ledger.fates(), ledger.mended(LETTER)) == ([], {}, None)
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_its_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "ledgers"
    with closing(ledger_in(folder)) as ledger:
        ledger.note([SENT])
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == {0o600}


@pytest.mark.parametrize(
    "cluster_id", ["MkU3OEVBNTcwNTJENDM2Qg", "../../etc/passwd", "a/b", "ä" * 300]
)
def test_any_cluster_id_gives_a_file_in_the_folder(tmp_path: Path, cluster_id: str) -> None:
    with closing(open_ledger(tmp_path, cluster_id)) as ledger:
        ledger.note([SENT])
        assert ledger.path.parent == tmp_path


@pytest.mark.parametrize("table", ["entries", "mends"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET who = 'x'", "DELETE FROM {}"])
def test_what_was_noted_cannot_be_changed_or_removed(tmp_path: Path, table: str, sql: str) -> None:
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([SENT])
        ledger.mend(RECORD, Mended(b"k", b"v", ()), who="ann@laptop", at_ms=1)
    with (
        closing(sqlite3.connect(ledger.path)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="stays said"),
    ):
        connection.execute(sql.format(table))


def _note_many(folder: Path, start: int) -> None:
    with closing(ledger_in(folder)) as ledger:
        for seq in range(start, start + 60):
            ledger.note([replace(SENT, seq=seq)])


def test_processes_that_make_and_write_one_ledger_at_once_lose_and_double_nothing(
    tmp_path: Path,
) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_note_many, args=(tmp_path, start)) for start in (0, 30, 60)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    with closing(ledger_in(tmp_path)) as ledger:
        assert sorted(entry.seq or 0 for entry in ledger.entries()) == list(range(120))
    assert [path.name for path in tmp_path.iterdir()] == ["cluster-1.ledger"]


def test_a_writer_waits_for_nobody_who_only_reads(tmp_path: Path) -> None:
    with closing(ledger_in(tmp_path)) as ledger, closing(ledger_in(tmp_path)) as reader:
        ledger.note([replace(SENT, seq=seq) for seq in range(1000)])
        reading = reader.entries()
        next(reading)
        assert ledger.note([replace(SENT, seq=1000)]) == 1
        assert len(list(reading)) == 999


def test_a_ledger_made_in_one_thread_serves_another(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    ledger.note([SENT])
    found: list[Entry] = []
    thread = threading.Thread(target=lambda: found.extend(ledger.entries()))
    thread.start()
    thread.join()
    ledger.close()
    assert found == [SENT]


def _spoiled(folder: Path, *statements: str) -> Ledger:
    with closing(ledger_in(folder)) as ledger:
        ledger.note([SENT])
    with closing(sqlite3.connect(ledger.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return ledger_in(folder)


def test_a_newer_ledger_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"a newer kstory wrote it .format 2.*upgrade"):
        _spoiled(tmp_path, "PRAGMA user_version = 2")


def test_another_clusters_ledger_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="another cluster's"):
        _spoiled(tmp_path, "UPDATE meta SET value = 'cluster-2'")


def test_a_file_that_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cluster-1.ledger").write_bytes(b"not SQLite " * 500)
    with pytest.raises(LedgerError, match="no SQLite file"):
        ledger_in(tmp_path)


def test_a_damaged_ledger_is_told_in_a_sentence(tmp_path: Path) -> None:
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([replace(SENT, seq=seq) for seq in range(500)])
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    with pytest.raises(LedgerError, match="damaged"):
        ledger_in(tmp_path)


def test_a_locked_ledger_says_that_nothing_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay.deadletters.ledger_schema.BUSY_TIMEOUT_S", 0.01)
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([SENT])
    with closing(ledger_in(tmp_path)) as ledger, closing(sqlite3.connect(ledger.path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match=r"locked.*nothing of this was sent.*try again"):
            ledger.begin("7c1e", [0], {PLACE: 1}, who="ann@laptop", at_ms=1)


def test_a_full_disk_says_that_nothing_was_sent_and_keeps_what_was_noted(tmp_path: Path) -> None:
    with closing(ledger_in(tmp_path)) as ledger:
        ledger.note([SENT])
        with ledger._writing("") as connection:  # noqa: SLF001 - no disk is filled for a test
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LedgerError, match=r"no space left.*nothing was noted"):
            ledger.note([replace(SENT, seq=seq, reason="x" * 500) for seq in range(1, 500)])
        assert list(ledger.entries()) == [SENT]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_says_that_nothing_was_noted(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(LedgerError, match=r"cannot be made, so nothing was noted"):
        ledger_in(folder).note([SENT])


def test_a_folder_that_cannot_be_made_says_that_nothing_was_noted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LedgerError, match=r"cannot be made, so nothing was noted"):
        ledger_in(tmp_path / "file" / "ledgers").note([SENT])
