"""`kstory replay`: lines at a pace, and into topics once."""

import time
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from readers.kafka import KafkaSource
from readers.record import Record
from readers.recording import RecordingSink, RecordingSource
from replay.transfer.replaying import FROM, REPLAY, TIME
from tests.broker.broker import Broker
from tests.contract.rigs import await_settled
from tests.fakes import START_MS, record_of, records_of
from tests.replay.transfer.places import everything, recorded
from tests.tui.failing_shop import LETTERS, ORDERS, Shop
from tests.tui.invoked import Invoke

GO = ("--apply", "--allow-writes", "--speed", "max")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.kstory"
    recorded(path, "order-events", records_of(30), 3)
    return path


def kept(path: Path | str, topic: str) -> list[Record]:
    with closing(RecordingSource(path)) as found:
        return everything(found, [topic])


def test_records_are_told_in_story_order(invoke: Invoke, shop: Shop) -> None:
    found = invoke("-s", shop.source, "replay", ORDERS, LETTERS, "--speed", "max", "--json")
    times = [document["timestamp"] for document in found.documents]
    assert (found.code, len(times), times) == (0, 11, sorted(times))


def test_the_pace_is_that_of_the_records_scaled(invoke: Invoke, source: Path) -> None:
    began_s = time.monotonic()
    found = invoke("-s", source, "replay", "--speed", "20")
    taken_s = time.monotonic() - began_s
    assert 1.4 <= taken_s < 15  # 29 s of records; at twice the pace it would be 0.7
    assert len(found.out.splitlines()) == 30


def test_a_rate_is_so_many_a_second(invoke: Invoke, source: Path) -> None:
    began_s = time.monotonic()
    invoke("-s", source, "replay", "--rate", "50/s")
    assert 0.55 <= time.monotonic() - began_s < 15


def test_a_whole_story_or_a_part_of_it(invoke: Invoke, shop: Shop) -> None:
    line = (
        "-s",
        shop.source,
        "replay",
        "--stream",
        ORDERS,
        "--key",
        "order-2",
        "--speed",
        "max",
        "--json",
    )
    assert [d["topic"] for d in invoke(*line).documents] == [ORDERS, LETTERS, LETTERS]
    before = invoke(*line, "--until", "2026-11-23T12:00:30Z")
    assert [d["topic"] for d in before.documents] == [ORDERS]
    paid = invoke(*line, "--where", f'topic == "{LETTERS}"')
    assert [d["topic"] for d in paid.documents] == [LETTERS, LETTERS]


def test_into_a_recording_marked_and_once(invoke: Invoke, source: Path) -> None:
    line = ("-s", source, "replay", "--to", "goal.kstory", "--map", "order-events=again")
    shown = invoke(*line, "--json")
    assert (shown.document["state"], shown.document["offsets"]) == ("preview", 30)
    assert not Path("goal.kstory").exists()
    for now in (30, 0):
        done = invoke(*line, *GO, "--json")
        assert (done.code, done.document["sent"]) == (0, 30)
        assert done.document["sent_now"] == now
        landed = kept("goal.kstory", "again")
        assert len(landed) == 30
    headers = dict(landed[0].headers)
    assert headers[FROM] == b"order-events:0@0"
    assert headers[TIME] == b"%d" % START_MS
    assert headers[REPLAY].decode() == done.document["replay"]
    assert headers["eventId"] == b"e-0"
    assert landed[0].timestamp_ms != START_MS
    invoke(*line, *GO, "--run", "another")
    assert len(kept("goal.kstory", "again")) == 60


def test_records_may_keep_their_times(invoke: Invoke, source: Path) -> None:
    line = ("-s", source, "replay", "--to", "goal.kstory", "--original-timestamps")
    assert invoke(*line, *GO).code == 0
    landed = kept("goal.kstory", "order-events")
    assert [r.timestamp_ms for r in landed] == [
        r.timestamp_ms for r in kept(source, "order-events")
    ]
    assert TIME not in dict(landed[0].headers)


def test_the_same_command_goes_on_with_the_range_it_began_with(
    invoke: Invoke, source: Path
) -> None:
    line = ("-s", source, "replay", "--to", "goal.kstory", *GO, "--json")
    assert invoke(*line).document["sent"] == 30
    with closing(RecordingSink(source)) as sink:
        sink.write([record_of(partition=0)])
    assert invoke(*line).document["sent"] == 30
    assert invoke(*line, "--run", "with the new one").document["sent"] == 31


@pytest.mark.broker
def test_from_a_cluster_into_another_topic_of_it(
    invoke: Invoke, broker: Broker, source: Path
) -> None:
    origin, goal = (f"{word}-{uuid.uuid4().hex[:8]}" for word in ("orders", "again"))
    first = ("-s", source, "replay", "--to", broker.bootstrap, "--map", f"order-events={origin}")
    assert invoke(*first, *GO, "--original-timestamps").code == 0
    with closing(KafkaSource(broker.bootstrap, {})) as reader:
        await_settled(reader, [origin])
    line = ("-s", broker.bootstrap, "replay", origin, "--to", broker.bootstrap)
    looped = invoke(*line, *GO)
    assert (looped.code, "which is read at the same time" in looped.err) == (2, True)
    line = (*line, "--map", f"{origin}={goal}")
    shown = invoke(*line, "--allow-writes", "--speed", "max")
    assert (shown.code, "Nothing was sent. To send it, say --apply." in shown.err) == (0, True)
    for _ in range(2):
        found = invoke(*line, *GO, "--reason", "once more")
        assert (found.code, "30 records were played" in found.out) == (0, True)
    assert found.out.startswith("0 records were played into ")
    moves = invoke("-s", broker.bootstrap, "moves", "--json").documents
    mine = [m for m in moves if m["topics"] == [goal]]
    assert [(m["state"], m["records"]) for m in mine] == [
        ("begun", 0), ("done", 30), ("begun", 0), ("done", 0),
    ]  # fmt: skip
    assert {m["reason"] for m in mine} == {"once more"}
    with closing(KafkaSource(broker.bootstrap, {})) as reader:
        landed = everything(reader, [goal])
    assert [dict(r.headers)[FROM].decode() for r in landed] == [
        f"{origin}:{partition}@{offset}" for partition in range(3) for offset in range(10)
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing"], 3, "There is no topic 'nothing'"),
        (["--speed", "0"], 2, "from 0.1 to 1000"),
        (["--speed", "fast"], 2, "--speed 'fast' is no number"),
        (["--rate", "0"], 2, "above 0"),
        (["--rate", "inf"], 2, "--rate 'inf' is no number"),
        (["--speed", "2", "--rate", "5"], 2, "not both"),
        (["--apply"], 2, "name a target with --to"),
        (["--to", "g.kstory", "--map", "a"], 2, "write SOURCE-TOPIC=TARGET-TOPIC"),
        (["--to", "g.kstory", "--map", "a=b"], 2, "no records of a are moved"),
        (["--to", "g.kstory", "--apply"], 2, "say --allow-writes"),
        (["--to", "nonsense"], 2, "is no host:port"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    invoke: Invoke, source: Path, arguments: list[str], code: int, said: str
) -> None:
    found = invoke("-s", source, "replay", *arguments)
    assert (found.code, found.out, found.err.count("\n")) == (code, "", 1)
    assert said in found.err
    assert not Path("g.kstory").exists()


def test_a_target_with_other_partitions_is_refused(invoke: Invoke, source: Path) -> None:
    recorded("goal.kstory", "order-events", [], 2)
    found = invoke("-s", source, "replay", "--to", "goal.kstory", *GO)
    assert (found.code, "has 2 partitions, and order-events has 3" in found.err) == (3, True)


def test_a_recording_is_not_played_into_itself(invoke: Invoke, source: Path) -> None:
    found = invoke("-s", source, "replay", "--to", source, *GO)
    assert (found.code, "which is read at the same time" in found.err) == (2, True)
    assert invoke("-s", source, "replay", "--to", source, *GO, "--map", "order-events=b").code == 0
    assert len(kept(source, "b")) == 30
