"""Which letters the screens count, what became of them, and which headers are a framework's."""

from contextlib import closing
from functools import partial
from pathlib import Path

from readers.config_file import Config, Table
from readers.record import Position, Record
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.fate import Outcome
from replay.deadletters.groups.rules import DEFAULT_RULES
from replay.deadletters.ledger import Ledger, open_ledger
from replay.deadletters.ledger_entry import Entry
from replay.deadletters.letter import Confidence, Failure, Hop, Origin
from replay.deadletters.reading import read_letter
from replay.stream_guess import stream_of_topic
from tests.fakes import START_MS, FakeSink, FakeSource, record_of
from tests.replay.deadletters.dialects.test_uforwarder import DLQ, metadata
from tui.noting import note
from tui.render.tail_filter import parse_filter
from tui.screens.dead_letters.messages import LettersCounted
from tui.screens.dead_letters.work import LetterCount, Wanted
from tui.screens.letter.work import LetterTools
from tui.screens.permit import Permit

NO_CONFIG = Config({}, {})


def tools_in(folder: Path, config: Config = NO_CONFIG) -> LetterTools:
    def ledger(_: object) -> Ledger:
        return open_ledger(folder, "fake")

    return LetterTools(config, DEFAULT_RULES, partial(stream_of_topic, ()), ledger)


def counted(tools: LetterTools, text: str = "") -> LettersCounted:
    letters = [
        record_of(DLQ, 0, n, key=metadata(b"order-%d" % n, offset=n + 1), value=b"{}")
        for n in (6, 7)
    ]
    source = FakeSource(letters)
    count = LetterCount(tools, Wanted(filter=parse_filter(text)))
    *_, last = count.work(source)
    assert isinstance(last, LettersCounted)
    return last


def topics_counted(tools: LetterTools, wanted: Wanted) -> tuple[str, ...]:
    source = FakeSource([record_of(name) for name in ("orders", "graveyard", "cemetery")])
    *_, last = LetterCount(tools, wanted).work(source)
    assert isinstance(last, LettersCounted)
    return last.counted.topics


def test_topics_that_either_table_of_the_configuration_names_are_counted(tmp_path: Path) -> None:
    told = {"topics": ["orders"], "dead_letters": ["graveyard"]}
    orders = Table(Path("kstory.toml"), "streams.orders", told, may_run=True)
    letters = Table(Path("kstory.toml"), "dead_letters", {"topics": "cemetery"}, may_run=True)
    tools = tools_in(tmp_path, Config({}, {"orders": orders}, dead_letters=letters))
    assert topics_counted(tools, Wanted()) == ("cemetery", "graveyard")


def test_a_topic_that_was_chosen_is_counted_whatever_says_that_it_holds_letters(
    tmp_path: Path,
) -> None:
    assert topics_counted(tools_in(tmp_path), Wanted(("graveyard", "gone"))) == ("graveyard",)


def test_a_filter_is_asked_of_the_originals_key(tmp_path: Path) -> None:
    for text in ("key=order-7", 'key == "order-7"'):
        assert counted(tools_in(tmp_path), text).counted.letters == 1


def test_what_was_noted_of_an_origin_is_the_fate_of_its_letters(tmp_path: Path) -> None:
    tools = tools_in(tmp_path)
    noted = Entry(
        START_MS, "ann", Outcome.RESOLVED, Position("gone-dlq", 0, 1), Position("orders", 0, 7)
    )
    with closing(open_ledger(tmp_path, "fake")) as ledger:
        ledger.note([noted])
    (group,) = counted(tools).counted.groups
    assert group.fates == {Outcome.OPEN: 1, Outcome.RESOLVED: 1}


def test_a_header_is_a_frameworks_only_on_a_letter_of_that_framework(tmp_path: Path) -> None:
    headers = (
        ("kafka_dlt-original-topic", b"orders"),
        ("kafka_dlt-original-partition", (0).to_bytes(4)),
        ("kafka_dlt-original-offset", (7).to_bytes(8)),
        ("source_topic", b"the application's own"),
    )
    letter = read_letter(record_of("orders-dlt", headers=headers))
    owned = tools_in(tmp_path).owned(letter)
    assert "kafka_dlt-original-topic" in owned
    assert "source_topic" not in owned


def test_a_fate_is_noted_with_the_origin_that_the_configured_dialects_tell(tmp_path: Path) -> None:
    class Ours:
        name = "ours"

        def read(self, record: Record) -> Reading | None:
            hop = Hop(Origin("orders", 0, record.offset), Failure())
            return Reading(Confidence.SURE, (hop,), record.key)

        def owns(self, header: str) -> bool:
            return header == "x"

    source = FakeSource([record_of("orders-dlt", 0, 7, headers=(("x", b"1"),))])
    permit = Permit(
        lambda: FakeSink(source),
        tools_in(tmp_path).open_ledger,
        "ann",
        allows_writes=False,
        is_production=False,
    )
    place = Position("orders-dlt", 0, 7)
    list(note([place], Outcome.IGNORED, "a test", permit, lambda: (Ours(),))(source))
    with closing(open_ledger(tmp_path, "fake")) as ledger:
        assert [entry.origin for entry in ledger.entries()] == [Position("orders", 0, 7)]
