import pytest

from replay.deadletters.groups import tally
from replay.deadletters.groups.tally import Tally
from replay.deadletters.letter import DeadLetter
from replay.deadletters.reading import read_letter
from tests.fakes import START_MS, record_of


def letter(offset: int, key: bytes = b"order-1", after_ms: int | None = 0) -> DeadLetter:
    at_ms = None if after_ms is None else START_MS + after_ms
    return read_letter(record_of("orders-dlt", offset=offset, key=key, timestamp_ms=at_ms))


def by_key() -> Tally:
    return Tally(lambda each: (each.key or b"").decode())


def test_letters_are_counted_by_name_the_most_first() -> None:
    counts = by_key()
    for each, kind in ((letter(0), "a"), (letter(1, b"order-2"), "a"), (letter(2), "b")):
        counts.add(each, kind)
    rows = [(row.name, row.count, row.kinds) for row in counts.rows(10)]
    assert rows == [("order-1", 2, 2), ("order-2", 1, 1)]
    assert [p.offset for p in counts.positions("order-1")] == [0, 2]


def test_the_sample_is_the_latest_by_time() -> None:
    counts = by_key()
    for each in (letter(0, after_ms=9), letter(1, after_ms=5), letter(2, after_ms=None)):
        counts.add(each, "a")
    (row,) = counts.rows(1)
    assert (row.sample.offset, row.first_ms, row.last_ms) == (0, START_MS + 5, START_MS + 9)


def test_what_is_beyond_the_limits_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MAX_NAMES", 1)
    monkeypatch.setattr(tally, "MAX_POSITIONS", 1)
    counts = by_key()
    for each in (letter(0), letter(1), letter(2, b"order-2")):
        counts.add(each, "a")
    assert (counts.names, counts.left_out, counts.unlisted) == (1, 1, 1)
    assert len(counts.positions("order-1")) == 1
