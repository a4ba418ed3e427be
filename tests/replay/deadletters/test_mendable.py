"""What a letter lacks comes from its original before it is mended, wherever that is done."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from readers.record import Record
from replay.deadletters.ledger import open_ledger
from replay.deadletters.mendable import find_mendable, keep
from replay.deadletters.reading import read_letter
from replay.deadletters.republish.plan import Mended
from tests.fakes import START_MS, FakeSource, record_of

DLT, TOPIC = "order-events-dlt", "order-events"
ORIGINAL = record_of(TOPIC, 0, 4, key=b"order-1", value=b"{}", headers=(("eventId", b"e-1"),))
POINTS = tuple(
    (f"__dlq.errors.{name}", value)
    for name, value in (
        ("topic", TOPIC.encode()),
        ("partition", b"0"),
        ("offset", b"4"),
        ("group", b"shipping"),
    )
)


def spring(value: bytes) -> Record:
    """A letter without its key."""
    headers = (
        ("kafka_dlt-original-topic", TOPIC.encode()),
        ("kafka_dlt-original-partition", (0).to_bytes(4)),
        ("kafka_dlt-original-offset", (4).to_bytes(8)),
    )
    return record_of(DLT, 0, 0, key=None, value=value, headers=headers)


def own_of(folder: Path, letter: Record) -> Mended:
    with closing(open_ledger(folder, "fake")) as ledger:
        return find_mendable(FakeSource([ORIGINAL, letter]), read_letter(letter), ledger).own


def test_a_pointer_has_the_originals_content(tmp_path: Path) -> None:
    letter = record_of(DLT, 0, 0, key=None, value=None, headers=POINTS)
    assert own_of(tmp_path, letter) == Mended(b"order-1", b"{}", (("eventId", b"e-1"),))


def test_what_must_not_go_back_of_an_original_is_not_offered(tmp_path: Path) -> None:
    stale = (("kstory-replay-seq", b"0"), ("retry_topic-attempts", b"\0\0\0\3"))
    sent = ORIGINAL._replace(headers=(*ORIGINAL.headers, *stale))
    letter = record_of(DLT, 0, 0, key=None, value=None, headers=POINTS)
    with closing(open_ledger(tmp_path, "fake")) as ledger:
        found = find_mendable(FakeSource([sent, letter]), read_letter(letter), ledger)
    assert found.own.headers == ORIGINAL.headers


def test_a_letter_without_its_key_gets_it_from_its_original(tmp_path: Path) -> None:
    assert own_of(tmp_path, spring(b"{}")).key == b"order-1"
    assert own_of(tmp_path, spring(b'{"other":1}')).key is None


def test_an_edit_back_to_the_letters_own_is_forgotten(tmp_path: Path) -> None:
    letter = spring(b"{}")
    source = FakeSource([ORIGINAL, letter])
    with closing(open_ledger(tmp_path, "fake")) as ledger:
        found = find_mendable(source, read_letter(letter), ledger)
        assert keep(ledger, found, replace(found.own, value=b"1"), who="ann", at_ms=START_MS)
        found = find_mendable(source, read_letter(letter), ledger)
        assert found.now.value == b"1"
        assert not keep(ledger, found, found.own, who="ann", at_ms=START_MS + 1)
        assert ledger.mended(letter.position) is None
