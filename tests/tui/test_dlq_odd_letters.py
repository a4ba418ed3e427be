"""Letters without their own content, or with a value that hops wrapped: shown and mended too."""

import base64
from contextlib import closing
from pathlib import Path

import pytest

from readers.record import Header, Record, TimestampType
from readers.recording import RecordingSink
from readers.source import NewTopic
from tests.tui.failing_shop import START_MS
from tests.tui.invoked import Invoke

VALUE = b'{"orderId": "order-7"}'
WRAPPED = b'"' + base64.b64encode(b'"' + base64.b64encode(VALUE) + b'"') + b'"'


def _record(topic: str, key: bytes | None, value: bytes | None, *headers: Header) -> Record:
    return Record(topic, 0, 0, START_MS, TimestampType.CREATE, key, value, headers)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """One order; a letter that only points to it, one that points nowhere, and a wrapped one."""
    path = tmp_path / "odd.kstory"
    points = (("__dlq.errors.topic", b"orders"), ("__dlq.errors.partition", b"0"))
    group = ("__dlq.errors.group", b"billing")
    wrapped = (
        ("kafka_dlt-original-topic", b"orders"),
        ("kafka_dlt-original-partition", (0).to_bytes(4)),
        ("kafka_dlt-original-offset", (0).to_bytes(8)),
    )
    with closing(RecordingSink(path)) as sink:
        sink.create_topics([NewTopic(name, 1, {}) for name in ("orders", "dlq.billing")])
        sink.write(
            [
                _record("orders", b"order-7", VALUE, ("eventType", b"OrderCreated")),
                _record("dlq.billing", None, None, *points, ("__dlq.errors.offset", b"0"), group),
                _record("dlq.billing", None, None, *points, ("__dlq.errors.offset", b"9"), group),
                _record("dlq.billing", b"order-7", WRAPPED, *wrapped),
            ]
        )
    return path


def test_a_pointer_is_mended_from_the_record_at_its_origin(invoke: Invoke, shop: Path) -> None:
    line = ("-s", shop, "dlq", "edit", "dlq.billing:0@0")
    mended = invoke(*line, "--header", "trace=1", "--json").document["mended"]
    assert (mended["key"], mended["value"]) == ("order-7", VALUE.decode())
    assert mended["headers"] == [["eventType", "OrderCreated"], ["trace", "1"]]


def test_a_pointer_to_what_is_gone_is_not_mended(invoke: Invoke, shop: Path) -> None:
    result = invoke("-s", shop, "dlq", "edit", "dlq.billing:0@1", "--header", "trace=1")
    assert (result.code, result.out) == (2, "")
    assert "has no content of its own to edit" in result.err


def test_a_wrapped_value_is_unwrapped_when_asked(invoke: Invoke, shop: Path) -> None:
    line = ("-s", shop, "dlq", "show", "dlq.billing:0@2", "--no-state")
    letter = invoke(*line, "--unwrap", "--json").document
    assert letter["value"] == WRAPPED.decode().strip('"')
    assert letter["unwrapped"] == {"orderId": "order-7"}
    assert "value, unwrapped" in invoke(*line, "--unwrap").out
    assert "unwrapped" not in invoke(*line, "--json").document


def test_so_many_wrappings_as_are_said_are_undone_before_or_behind_the_position(
    invoke: Invoke, shop: Path
) -> None:
    show = ("-s", shop, "dlq", "show")
    place, rest = "dlq.billing:0@2", ("--no-state", "--json")
    once = invoke(*show, "--unwrap", 1, place, *rest).document["unwrapped"]
    assert f'"{once}"'.encode() == base64.b64decode(WRAPPED.strip(b'"'))
    assert invoke(*show, "--unwrap", place, *rest).document["unwrapped"] == {"orderId": "order-7"}
    result = invoke(*show, place, "--unwrap", 3)
    assert (result.code, "--unwrap 3: the value was wrapped 2 times" in result.err) == (2, True)


def test_a_wrapped_value_is_unwrapped_for_the_way_back(invoke: Invoke, shop: Path) -> None:
    edit = ("-s", shop, "dlq", "edit", "dlq.billing:0@2")
    before = invoke("-s", shop, "dlq", "republish", "dlq.billing:0@2")
    assert "1 letter is wrapped" in before.out
    assert invoke(*edit, "--unwrap", "--json").document["mended"]["value"] == VALUE.decode()
    again = invoke(*edit, "--unwrap")
    assert (again.code, "does not look wrapped" in again.err) == (2, True)
    after = invoke("-s", shop, "dlq", "republish", "dlq.billing:0@2")
    assert (after.code, "is wrapped" in after.out) == (0, False)


def test_a_time_that_is_the_originals_is_not_called_the_time_of_death(
    invoke: Invoke, tmp_path: Path
) -> None:
    path, names = tmp_path / "sink.kstory", ("topic", "exception.class.name")
    headers = [(f"__connect.errors.{name}", b"orders") for name in names]
    with closing(RecordingSink(path)) as sink:
        sink.create_topics([NewTopic("orders-dlt", 1, {})])
        sink.write([_record("orders-dlt", b"k", b"{}", *headers)])
    text = invoke("-s", path, "dlq", "show", "orders-dlt:0@0", "--no-state").out
    assert "written 2026-11-23 12:00:00.000, when it failed is not told" in text
    assert "dead since" not in text


def test_a_value_is_shown_with_the_numbers_and_names_it_was_written_with(
    invoke: Invoke, tmp_path: Path
) -> None:
    path = tmp_path / "numbers.kstory"
    value = b'{"n": 18446744073709551616, "price": 1.50, "price": 2}'
    with closing(RecordingSink(path)) as sink:
        sink.create_topics([NewTopic("orders-dlt", 1, {})])
        sink.write([_record("orders-dlt", b"k", value)])
    text = invoke("-s", path, "dlq", "show", "orders-dlt:0@0", "--no-state").out
    assert value.decode() in text.splitlines()


def test_nothing_of_a_letter_reaches_the_terminal_as_a_control(
    invoke: Invoke, tmp_path: Path
) -> None:
    path, evil = tmp_path / "evil.kstory", b"\x1b]52;c;evil\x07\x9b2J"
    with closing(RecordingSink(path)) as sink:
        sink.create_topics([NewTopic("orders-dlt", 1, {})])
        headers = [(f"kafka_dlt-{name}", evil) for name in ("original-topic", "exception-fqcn")]
        sink.write([_record("orders-dlt", evil, evil, ("a\x1b[2J", evil), *headers)])
    for line in (("ls",), ("show", "orders-dlt:0@0"), ("edit", "orders-dlt:0@0", "--key", "a")):
        result = invoke("-s", path, "dlq", *line)
        assert result.code == 0
        assert not set("\x1b\x07\x9b") & set(result.out + result.err)
