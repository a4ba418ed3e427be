"""The demo's records hold together, and hold the incident that they are there to show."""

import json
from collections import Counter, defaultdict
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from struct import unpack
from typing import Any

import pytest

from readers.errors import UsageError
from readers.partitioners import java_partition
from readers.record import Position, Record
from readers.recording import RecordingSink, RecordingSource
from replay.demo.catalog import INCIDENT_KEY, UNSTOCKED_KEY, demo_topics
from replay.demo.dataset import (
    CLOCK_BEHIND_MS,
    GATEWAY_DOWN_MS,
    MINUTE_MS,
    build_demo,
    demo_records,
    write_demo,
    write_records,
)
from replay.reducers import order

END_MS = 1_795_414_998_839
DEMO = build_demo(END_MS)


def header(record: Record, name: str) -> bytes:
    value = dict(record.headers)[name]
    assert value is not None
    return value


def is_letter(record: Record) -> bool:
    return record.topic.endswith("-dlt")


def is_readable(record: Record) -> bool:
    return (record.value or b"").endswith(b"}")


def kind(record: Record) -> str:
    return header(record, "eventType").decode()


EVENTS = [record for record in DEMO.records if not is_letter(record)]
LETTERS = [record for record in DEMO.records if is_letter(record)]
BY_POSITION = {record.position: record for record in DEMO.records}
BY_ORDER: dict[str, list[Record]] = defaultdict(list)
for each in DEMO.records:
    BY_ORDER[(each.key or b"").decode()].append(each)


def states(events: list[Record]) -> list[Any]:
    """The order's state after each event, in the order of writing, duplicates left out."""
    told, state, seen = [], order.initial("o"), set()
    for record in events:
        if is_letter(record) or not is_readable(record) or header(record, "eventId") in seen:
            continue
        seen.add(header(record, "eventId"))
        data = {"type": kind(record), "value": json.loads(record.value or b""), "error": None}
        state = order.reduce(state, data)
        told.append(state)
    return told


def test_the_same_seed_and_end_give_the_same_bytes() -> None:
    assert tuple(demo_records(END_MS)) == DEMO.records


def test_another_seed_gives_another_demo_with_the_same_heroes() -> None:
    other = demo_records(END_MS, seed=7)
    assert other != DEMO.records
    kinds = [kind(record) for record in other if record.key == INCIDENT_KEY.encode()]
    assert kinds == [kind(record) for record in BY_ORDER[INCIDENT_KEY]]


def test_another_end_shifts_every_time() -> None:
    later = demo_records(END_MS + 5 * MINUTE_MS)
    shifts = {
        (a.timestamp_ms or 0) - (b.timestamp_ms or 0)
        for a, b in zip(later, DEMO.records, strict=True)
    }
    assert shifts == {5 * MINUTE_MS}


def test_too_few_orders_for_an_incident_are_refused() -> None:
    with pytest.raises(UsageError, match="needs 1,200 orders or more"):
        build_demo(END_MS, orders=100)


def test_fewer_orders_have_the_heroes_too() -> None:
    keys = {record.key for record in demo_records(END_MS, orders=1200)}
    assert {INCIDENT_KEY.encode(), UNSTOCKED_KEY.encode()} <= keys


def test_it_is_six_hours_of_some_thousand_orders_up_to_the_end() -> None:
    stamps = [record.timestamp_ms or 0 for record in DEMO.records]
    assert 25_000 <= len(DEMO.records) <= 40_000
    assert len(BY_ORDER) == 3000
    assert END_MS - 360 * MINUTE_MS - 10_000 <= min(stamps) < max(stamps) <= END_MS


def test_offsets_are_those_of_a_first_write() -> None:
    ends: Counter[tuple[str, int]] = Counter()
    for record in DEMO.records:
        assert record.offset == ends[record.topic, record.partition]
        ends[record.topic, record.partition] += 1


def test_every_record_lies_where_javas_client_puts_its_key() -> None:
    assert all(r.partition == java_partition(r.key or b"", 12) for r in DEMO.records)


def test_every_event_is_json_of_its_order_with_an_id_and_a_type_or_is_cut_off() -> None:
    for record in EVENTS:
        assert len(header(record, "eventId")) == 36
        assert kind(record) in order.event_types
        if is_readable(record):
            assert json.loads(record.value or b"")["orderId"].encode() == record.key


def test_the_topics_keep_everything() -> None:
    topics = {topic.name: topic for topic in demo_topics()}
    assert set(topics) == {record.topic for record in DEMO.records}
    assert all(t.partitions == 12 and t.config["retention.ms"] == "-1" for t in topics.values())


# --- dead letters ---


def origin(letter: Record) -> Position:
    (partition,) = unpack(">i", header(letter, "kafka_dlt-original-partition"))
    (offset,) = unpack(">q", header(letter, "kafka_dlt-original-offset"))
    return Position(header(letter, "kafka_dlt-original-topic").decode(), partition, offset)


def test_every_letter_names_a_real_record_that_it_repeats() -> None:
    for letter in LETTERS:
        first = BY_POSITION[origin(letter)]
        assert (letter.key, letter.value, letter.partition) == first[5:7] + first[1:2]
        assert letter.headers[: len(first.headers)] == first.headers
        (stamp,) = unpack(">q", header(letter, "kafka_dlt-original-timestamp"))
        assert stamp == first.timestamp_ms
        assert letter.topic == f"{first.topic}-dlt"


def test_a_letters_headers_are_springs_in_springs_order() -> None:
    names = [name for name, _ in LETTERS[0].headers if name.startswith("kafka_dlt-")]
    assert [name.removeprefix("kafka_dlt-") for name in names] == [
        "exception-fqcn",
        "exception-cause-fqcn",
        "exception-message",
        "exception-stacktrace",
        "original-topic",
        "original-partition",
        "original-offset",
        "original-timestamp",
        "original-timestamp-type",
        "original-consumer-group",
    ]


def test_there_are_five_kinds_of_failure() -> None:
    kinds = Counter(
        header(letter, "kafka_dlt-exception-cause-fqcn").decode().rpartition(".")[2]
        for letter in LETTERS
    )
    assert kinds.pop("GatewayTimeoutException") > 200
    assert kinds.pop("OptimisticLockingFailureException") > 10
    assert kinds == {
        "IllegalStateException": 12,
        "NullPointerException": 9,
        "DeserializationException": 18,
    }


def test_every_message_that_does_not_parse_has_its_letter() -> None:
    cut_off = {record.position for record in EVENTS if not is_readable(record)}
    assert len(cut_off) == 18
    assert cut_off == {origin(letter) for letter in LETTERS if not is_readable(letter)}
    assert {position.topic for position in cut_off} == {
        "order-events", "payment-events", "inventory-events",
    }  # fmt: skip


# --- stories ---


def test_order_4711_reads_as_the_incident_does() -> None:
    story = BY_ORDER[INCIDENT_KEY]
    assert [(kind(record), is_letter(record)) for record in story] == [
        ("OrderCreated", False),
        ("ItemAdded", False),
        ("ItemAdded", False),
        ("StockReserved", False),
        ("PaymentFailed", False),
        ("PaymentFailed", False),
        ("PaymentFailed", False),
        ("StockReleased", False),
        ("PaymentFailed", True),
        ("OrderCancelled", False),
    ]
    stamps = [record.timestamp_ms or 0 for record in story]
    pauses_ms = [b - a for a, b in pairwise(stamps)]
    assert pauses_ms == [1200, 800, 300, 2000, 1000, 400, 359_000, 100, 4000]
    assert header(story[5], "eventId") == header(story[6], "eventId")
    assert origin(story[8]) == story[4].position
    last = states(story)[-1]
    assert (last["total"], last["status"], last["attempts"]) == (150.0, "CANCELLED", 2)


def test_order_4242_is_paid_and_never_gets_its_stock() -> None:
    last = states(BY_ORDER[UNSTOCKED_KEY])[-1]
    assert (last["status"], last["paid"], last["stock"]) == ("PAID", 149.9, None)
    assert order.check(last) == ["a paid order has its stock"]
    (letter,) = filter(is_letter, BY_ORDER[UNSTOCKED_KEY])
    assert kind(BY_POSITION[origin(letter)]) == "PaymentProcessed"


def test_rules_break_in_the_incident_and_nowhere_else() -> None:
    broken: dict[str, set[str]] = defaultdict(set)
    for key, events in BY_ORDER.items():
        for state in states(events):
            for rule in order.check(state):
                broken[rule].add(key)
    assert set(broken) == {"a paid order has its stock", "a cancelled order is never paid"}
    assert len(broken["a paid order has its stock"]) == 12
    assert len(broken["a cancelled order is never paid"]) == 4


def test_half_of_the_orders_without_stock_are_refunded() -> None:
    refunds = [
        record
        for record in EVENTS
        if kind(record) == "RefundIssued" and b"no stock" in (record.value or b"")
    ]
    assert len(refunds) == 6


def test_an_order_without_a_letter_is_done_within_a_minute_or_was_charged_late() -> None:
    slow = {
        key
        for key, events in BY_ORDER.items()
        if not any(map(is_letter, events))
        and (events[-1].timestamp_ms or 0) - (events[0].timestamp_ms or 0) > 60_000
    }
    charged_late = {
        key
        for key in slow
        if "a cancelled order is never paid" in order.check(states(BY_ORDER[key])[-1])
    }
    assert slow == charged_late


def test_the_gateway_fails_only_in_the_incident() -> None:
    stamps = [
        record.timestamp_ms or 0
        for record in EVENTS
        if kind(record) == "PaymentFailed" and b"gateway" in (record.value or b"")
    ]
    assert min(stamps) >= END_MS - GATEWAY_DOWN_MS
    assert max(stamps) <= END_MS - 33 * MINUTE_MS


def test_events_are_delivered_again_in_the_incident_and_now_and_then_elsewhere() -> None:
    seen: set[bytes] = set()
    again = []
    for record in EVENTS:
        if header(record, "eventId") in seen:
            again.append((record.timestamp_ms or 0) >= END_MS - GATEWAY_DOWN_MS)
        seen.add(header(record, "eventId"))
    assert again.count(True) >= 30
    assert again.count(False) >= 10


def test_one_inventory_instance_is_nine_seconds_behind_for_an_hour() -> None:
    backwards = 0
    for events in BY_ORDER.values():
        stock = [record for record in events if record.topic == "inventory-events"]
        for first, second in pairwise(stock):
            if (second.timestamp_ms or 0) < (first.timestamp_ms or 0):
                backwards += 1
                assert header(second, "service") == b"inventory-service-2"
                before_end_ms = END_MS - (second.timestamp_ms or 0)
                assert CLOCK_BEHIND_MS[0] + MINUTE_MS >= before_end_ms
                assert before_end_ms >= CLOCK_BEHIND_MS[1] - MINUTE_MS
    assert backwards > 10


# --- written ---


def test_a_recording_of_it_has_each_record_where_it_says(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo.kstory", end_ms=END_MS)
    with closing(RecordingSource(tmp_path / "demo.kstory")) as source:
        spans = [span for topic in source.topics() for span in topic.spans]
        stored = {r.position: r for batch in source.read(spans) for r in batch.records}
    assert stored == BY_POSITION


def test_a_file_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        write_demo(tmp_path / "mine", end_ms=END_MS)
    assert (tmp_path / "mine").read_text() == "mine"


def test_in_topics_that_hold_records_letters_name_the_new_offsets(tmp_path: Path) -> None:
    with closing(RecordingSink(tmp_path / "demo.kstory")) as sink:
        sink.create_topics(demo_topics())
        sink.write([record._replace(value=b"older") for record in EVENTS[:500]])
        write_records(sink, DEMO.records)
    with closing(RecordingSource(tmp_path / "demo.kstory")) as source:
        spans = [span for topic in source.topics() for span in topic.spans]
        stored = {r.position: r for batch in source.read(spans) for r in batch.records}
    letters = [record for record in stored.values() if is_letter(record)]
    assert len(letters) == len(LETTERS)
    for letter in letters:
        assert stored[origin(letter)].value == letter.value
