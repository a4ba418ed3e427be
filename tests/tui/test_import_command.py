"""`kstory import`: previewed, checked as a whole first, each record once."""

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from readers.kafka import KafkaSource
from readers.record import Record
from readers.recording import RecordingSource
from tests.awkward import awkward_record, awkward_records
from tests.broker.broker import Broker
from tests.fakes import records_of
from tests.replay.transfer.places import everything, recorded
from tests.tui.invoked import Invoke

GO = ("--apply", "--allow-writes")


@pytest.fixture(params=["jsonl", "parquet"])
def exported(request: pytest.FixtureRequest, invoke: Invoke, tmp_path: Path) -> Path:
    """Thirty records of a topic with four partitions, one of them empty."""
    recorded(tmp_path / "source.kstory", "order-events", records_of(30), 4)
    file = tmp_path / f"orders.{request.param}"
    assert invoke("-s", tmp_path / "source.kstory", "export", file).code == 0
    return file


@pytest.fixture
def lines(invoke: Invoke, tmp_path: Path) -> Path:
    recorded(tmp_path / "source.kstory", "order-events", records_of(30), 3)
    file = tmp_path / "orders.jsonl"
    assert invoke("-s", tmp_path / "source.kstory", "export", file).code == 0
    return file


def kept(path: Path | str) -> list[Record]:
    with closing(RecordingSource(path)) as source:
        return everything(source)


def bodies(records: list[Record]) -> list[tuple[object, ...]]:
    """What stays the same in a cluster: all but topic, offset and who set the time."""
    return [(r.partition, r.timestamp_ms, r.key, r.value, r.headers) for r in records]


def test_a_new_recording_has_the_records_where_they_were(invoke: Invoke, exported: Path) -> None:
    found = invoke("import", exported, "--to", "new.kstory", "--json")
    assert (found.code, found.document["stored"]) == (0, 30)
    assert kept("new.kstory") == records_sorted()
    with closing(RecordingSource("new.kstory")) as source:
        assert len(source.topics()[0].partitions) == 4


def test_into_a_recording_that_is_there_it_is_shown_first(invoke: Invoke, lines: Path) -> None:
    recorded("there.kstory", "other", records_of(3, topic="other"), 3)
    shown = invoke("import", lines, "--to", "there.kstory", "--json")
    assert (shown.code, shown.document["state"], len(kept("there.kstory"))) == (0, "preview", 3)
    assert invoke("import", lines, "--to", "there.kstory", "--apply").code == 2
    assert invoke("import", lines, "--to", "there.kstory", *GO).code == 0
    again = invoke("import", lines, "--to", "there.kstory", *GO, "--json")
    assert (again.document["stored"], len(kept("there.kstory"))) == (0, 33)


@pytest.mark.broker
def test_into_a_cluster_once_with_its_partitions(
    invoke: Invoke, exported: Path, broker: Broker
) -> None:
    goal = f"orders-{uuid.uuid4().hex[:8]}"
    line = ("import", exported, "--to", broker.bootstrap, "--map", f"order-events={goal}")
    shown = invoke(*line)
    assert f"order-events → {goal}, made with 4 partitions" in shown.out
    assert "Nothing was written" in shown.err
    refused = invoke(*line, "--apply")
    assert (refused.code, "--allow-writes" in refused.err) == (2, True)
    only_shown = invoke(*line, "--allow-writes")
    assert (only_shown.code, "say --apply." in only_shown.err) == (0, True)
    for now in (30, 0):
        found = invoke(*line, *GO, "--json")
        assert (found.code, found.document["stored"]) == (0, now)
        with closing(KafkaSource(broker.bootstrap, {})) as source:
            (topic,) = source.topics([goal])
            landed = everything(source, [goal])
        assert (len(topic.partitions), bodies(landed)) == (4, bodies(records_sorted()))
    assert invoke(*line, *GO, "--run", "once more").code == 0
    with closing(KafkaSource(broker.bootstrap, {})) as source:
        assert len(everything(source, [goal])) == 60
    moves = invoke("-s", broker.bootstrap, "moves").out.splitlines()
    assert [line.split()[3] for line in moves if f"{exported} → {goal}" in line] == [
        "0", "30", "0", "0", "0", "30",
    ]  # fmt: skip


@pytest.mark.broker
def test_the_awkward_ones_go_into_a_cluster_but_for_those_it_does_not_take(
    invoke: Invoke, broker: Broker, tmp_path: Path
) -> None:
    topic = f"awkward-{uuid.uuid4().hex[:8]}"
    recorded(tmp_path / "a.kstory", topic, awkward_records(topic))
    invoke("-s", tmp_path / "a.kstory", "export", "a.jsonl")
    refused = invoke("import", "a.jsonl", "--to", broker.bootstrap, *GO)
    assert (refused.code, "the timestamp 0" in refused.err) == (2, True)
    assert invoke("import", "a.jsonl", "--to", broker.bootstrap, *GO, "--skip-unwritable").code == 0
    with closing(KafkaSource(broker.bootstrap, {})) as source:
        landed = everything(source, [topic])
    expected = [r for r in awkward_records(topic) if r.timestamp_ms != 0]
    without_time = [r for r in expected if r.timestamp_ms is None]
    untimed = {r.offset for r in without_time}
    pairs = list(zip(bodies(landed), bodies(sorted(expected)), strict=True))
    assert [a for a, b in pairs if a[1] != b[1]] == [a for a, b in pairs if b[1] is None]
    assert [(a[0], *a[2:]) for a, _ in pairs] == [(b[0], *b[2:]) for _, b in pairs]
    assert len(untimed) == 1


@pytest.mark.broker
def test_a_topic_with_other_partitions_is_refused(
    invoke: Invoke, lines: Path, broker: Broker
) -> None:
    goal = f"orders-{uuid.uuid4().hex[:8]}"
    line = ("import", lines, "--to", broker.bootstrap, "--map", f"order-events={goal}")
    recorded("five.kstory", "order-events", [awkward_record()._replace(topic="order-events")], 5)
    invoke("-s", "five.kstory", "export", "five.jsonl")
    five = ("import", "five.jsonl", "--to", broker.bootstrap, "--map", f"order-events={goal}")
    assert invoke(*five, *GO).code == 0
    found = invoke(*line, *GO)
    assert (found.code, "has 5 partitions, and order-events has 3" in found.err) == (3, True)


BAD_LINES = {
    "garbage": b"garbage",
    "no object": b"[1]",
    "a field is missing": b'{"topic":"a"}',
    "half a line": b'{"topic":"order-events","parti',
    "a partition below zero": b'{"topic":"a","partition":-1,"offset":0,"timestamp_ms":null,'
    b'"timestamp_type":null,"key":null,"value":null,"headers":[]}',
    "no base64": b'{"topic":"a","partition":0,"offset":0,"timestamp_ms":null,'
    b'"timestamp_type":null,"key":{"base64":"%"},"value":null,"headers":[]}',
    "headers that are a map": b'{"topic":"a","partition":0,"offset":0,"timestamp_ms":null,'
    b'"timestamp_type":null,"key":null,"value":null,"headers":{}}',
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_line_is_told_by_its_number_before_anything_is_written(
    invoke: Invoke, lines: Path, bad: bytes
) -> None:
    broken = lines.with_name("broken.jsonl")
    broken.write_bytes(lines.read_bytes() + bad + b"\n")
    found = invoke("import", broken, "--to", "new.kstory")
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert f"Line 31 of {broken} is no record of kstory's" in found.err
    assert not Path("new.kstory").exists()


def test_a_partition_that_no_topic_has_is_refused(invoke: Invoke, lines: Path) -> None:
    odd = lines.with_name("odd.jsonl")
    first, *_ = lines.read_bytes().splitlines()
    odd.write_bytes(lines.read_bytes() + first.replace(b'"partition":0', b'"partition":2000000000'))
    found = invoke("import", odd, "--to", "new.kstory")
    assert (found.code, Path("new.kstory").exists()) == (2, False)
    assert f"Record 31 of {odd} lies in partition 2000000000" in found.err


def changed(lines: Path, *, offset: int) -> bytes:
    """The first line with this offset, with another value."""
    line = next(x for x in lines.read_bytes().splitlines() if b'"offset":%d,' % offset in x)
    return line.replace(b"OrderPaid", b"OrderLost") + b"\n"


@pytest.mark.parametrize("offset", [3, 9])
def test_a_position_that_stands_twice_in_a_file_is_refused(
    invoke: Invoke, lines: Path, offset: int
) -> None:
    doubled = lines.with_name("doubled.jsonl")
    doubled.write_bytes(lines.read_bytes() + changed(lines, offset=offset))
    found = invoke("import", doubled, "--to", "new.kstory")
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert f"order-events:0@{offset} stands twice in {doubled}" in found.err
    assert not Path("new.kstory").exists()


def test_a_file_in_any_order_is_taken(invoke: Invoke, lines: Path) -> None:
    turned = lines.with_name("turned.jsonl")
    turned.write_bytes(b"".join(reversed(lines.read_bytes().splitlines(keepends=True))))
    assert invoke("import", turned, "--to", "new.kstory").code == 0
    assert kept("new.kstory") == records_sorted()


def test_what_differs_from_what_lies_at_its_place_is_told(invoke: Invoke, lines: Path) -> None:
    invoke("import", lines, "--to", "new.kstory")
    with closing(sqlite3.connect(lines.with_name("source.kstory"))) as database, database:
        database.execute("UPDATE records SET value = x'00' WHERE offset < 2")
    invoke("-s", lines.with_name("source.kstory"), "export", "other.jsonl")
    found = invoke("import", "other.jsonl", "--to", "new.kstory", *GO, "--json")
    assert (found.code, found.document["stored"], found.document["differing"]) == (1, 0, 6)
    assert "6 records were left out" in found.err
    assert "at their places: order-events:0@0, order-events:0@1, order-events:1@0, …" in found.err
    assert kept("new.kstory") == records_sorted()


def test_a_file_cut_short_is_refused(invoke: Invoke, exported: Path) -> None:
    cut = exported.with_name(f"cut{exported.suffix}")
    cut.write_bytes(exported.read_bytes()[:-7])
    found = invoke("import", cut, "--to", "new.kstory")
    assert (found.code, found.err.count("\n")) == (2, 1)
    said = "no whole Parquet file" if cut.suffix == ".parquet" else "Line 30"
    assert said in found.err


def test_a_file_that_was_changed_is_not_what_its_manifest_says(invoke: Invoke, lines: Path) -> None:
    lines.write_bytes(b"".join(lines.read_bytes().splitlines(keepends=True)[:10]))
    found = invoke("import", lines, "--to", "new.kstory")
    assert (found.code, "was changed since its manifest was written" in found.err) == (2, True)
    lines.with_name(f"{lines.name}.manifest.json").unlink()
    assert invoke("import", lines, "--to", "new.kstory").code == 0


@pytest.mark.parametrize(
    ("name", "to", "said"),
    [
        ("nothing.jsonl", "new.kstory", "cannot be read: No such file"),
        ("source.kstory", "new.kstory", "does not say its format"),
        ("source.kstory", "source.kstory", "is what is read"),
        ("other.parquet", "new.kstory", "not of records as kstory exports them"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    invoke: Invoke, lines: Path, name: str, to: str, said: str
) -> None:
    import pyarrow
    import pyarrow.parquet

    folder = lines.parent
    pyarrow.parquet.write_table(pyarrow.table({"topic": ["a"]}), folder / "other.parquet")
    found = invoke("import", folder / name, "--to", folder / to)
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert said in found.err


def records_sorted() -> list[Record]:
    return sorted(records_of(30), key=lambda record: record[:3])
