"""Dialects come from kstory.toml, from installed packages, and from kstory itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from readers.errors import ConfigError, UsageError
from readers.record import Header, Position, Record
from replay.deadletters.dialects.loading import BUILT_IN, dialects_of, installed_dialects
from replay.deadletters.letter import Confidence, DeadLetter
from replay.deadletters.reading import read_letter
from replay.deadletters.republish.stripping import headers_back
from tests.configured import Folders
from tests.fakes import record_of
from tests.installed_examples import install

OWN = """
[dead_letters]
topics = ["parked"]

[dead_letters.frameworks.shop]
"x-failed-topic" = "topic"
"x-failed-partition" = "partition"
"x-failed-offset" = "offset"
"x-failed-at" = "failed_at"
"x-group" = "consumer_group"
"x-error" = "exception"
"x-text" = "message"
"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    return Folders(tmp_path, monkeypatch)


@pytest.fixture
def fresh() -> Iterator[None]:
    """Installed dialects are looked for once; a test that installs one has them looked for anew."""
    installed_dialects.cache_clear()
    yield
    installed_dialects.cache_clear()


def shop(*headers: Header) -> Record:
    place: tuple[Header, ...] = (("x-failed-topic", b"orders"), ("x-failed-offset", b"12345"))
    return record_of("parked", headers=(*place, *headers))


def configured(folders: Folders, record: Record, text: str = OWN) -> DeadLetter:
    folders.write(text)
    return read_letter(record, dialects_of(folders.read().dead_letters))


def test_without_a_table_there_are_the_built_in_ones() -> None:
    assert dialects_of(None) == BUILT_IN


def test_header_names_in_the_configuration_are_a_framework(folders: Folders) -> None:
    record = shop(
        ("x-failed-partition", b"3"), ("x-failed-at", b"2023-11-14T22:13:20Z"),
        ("x-group", b"billing"), ("x-error", b"StockException"), ("x-text", b"out of stock"),
    )  # fmt: skip
    letter = configured(folders, record)
    assert (letter.framework, letter.confidence) == ("shop", Confidence.SURE)
    assert letter.origin.position == Position("orders", 3, 12345)
    assert letter.last.failed_at_ms == 1_700_000_000_000
    assert letter.last.consumer_group == "billing"
    assert letter.last.failure.exception == "StockException"


def test_its_numbers_are_read_as_they_are_spelt(folders: Folders) -> None:
    for raw in (b"3", b"\x00\x00\x00\x03", b"\x00\x00\x00\x00\x00\x00\x00\x03"):
        assert configured(folders, shop(("x-failed-partition", raw))).origin.partition == 3
    assert configured(folders, shop(("x-failed-partition", b"abcd"))).origin.partition is None


def test_some_of_its_names_make_it_likely_and_are_not_sent_back(folders: Folders) -> None:
    letter = configured(folders, shop(("x-own", b"kept")))
    assert letter.confidence is Confidence.LIKELY
    dialects = dialects_of(folders.read().dead_letters)
    assert headers_back(letter, dialects).kept == (("x-own", b"kept"),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[dead_letters]\nframework = 1', "[dead_letters] framework: is unknown"),
        ("[dead_letters]\nframeworks = 1", "frameworks: must be a table"),
        ("[dead_letters.frameworks]\nshop = 1", "shop: must be a table"),
        ("[dead_letters.frameworks.shop]", "shop: names no header"),
        ('[dead_letters.frameworks.spring]\nx = "topic"', "spring: is built in"),
        ('[dead_letters.frameworks.shop]\nx = "tpoic"', "x: must be one of topic, partition"),
        ("[dead_letters.frameworks.shop]\nx = 1", "x: must be a text"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_table_and_key(folders: Folders, text: str, says: str) -> None:
    folders.write(text)
    with pytest.raises(ConfigError) as error:
        dialects_of(folders.read().dead_letters)
    assert says in str(error.value)


FAILURE = (
    b'{"topic": "orders", "partition": 3, "offset": 7, "group": "billing", "error": "E", '
    b'"message": "m", "at": 5}'
)


@pytest.mark.usefixtures("fresh")
def test_the_example_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("dead-letter-dialect", tmp_path, monkeypatch)
    dialects = dialects_of(None)
    record = record_of(headers=(("failure", FAILURE), ("failure", b"{"), ("own", b"x")))
    letter = read_letter(record, dialects)
    assert (letter.framework, letter.origin.position) == (
        "failure-header", Position("orders", 3, 7)
    )  # fmt: skip
    assert (letter.last.consumer_group, letter.last.failure.message) == ("billing", "m")
    assert headers_back(letter, dialects).kept == (("own", b"x"),)
    assert read_letter(record_of(), dialects).framework is None


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("wrong", [b'"3"', b"-1", b"3.5", b"[3]"])
def test_numbers_that_are_none_cost_the_reading(
    wrong: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("dead-letter-dialect", tmp_path, monkeypatch)
    failure = FAILURE.replace(b'"partition": 3', b'"partition": ' + wrong)
    assert (
        read_letter(record_of(headers=(("failure", failure),)), dialects_of(None)).framework is None
    )


def put(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a module of this code as a dialect."""
    module = f"kstory_broken_{abs(hash(code))}"
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[kstory.dead_letters]\nbroken = {module}\n")
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise OSError('gone')", "does not load: OSError: gone"),
        ("name = 'x'", "has no read and no owns"),
    ],
)
def test_a_dialect_that_is_none_is_named(
    code: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(code, tmp_path, monkeypatch)
    with pytest.raises(UsageError) as error:
        dialects_of(None)
    assert says in str(error.value)


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    "body", ["raise KeyError('x')", "return 7", "import sys; sys.exit()", "print('hi')"]
)
def test_a_dialect_that_raises_or_says_nonsense_tells_nothing(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = f"name = 'broken'\ndef owns(header): return header == 'h'\ndef read(record): {body}\n"
    put(code, tmp_path, monkeypatch)
    record = record_of(headers=(("h", b""), ("kafka_dlt-exception-fqcn", b"E")))
    letter = read_letter(record, dialects_of(None))
    assert (letter.framework, letter.last.failure.exception) == ("spring", "E")
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("fresh")
def test_a_dialect_may_be_asked_by_topic_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.letter import Confidence, Hop
name = "by-topic"
def owns(header): return False
def expects(topic): return topic == "graveyard"
def read(record): return Reading(Confidence.SURE, (Hop(),), b"inner")
"""
    put(code, tmp_path, monkeypatch)
    dialects = dialects_of(None)
    assert read_letter(record_of("graveyard"), dialects).key == b"inner"
    assert read_letter(record_of("orders"), dialects).framework is None
