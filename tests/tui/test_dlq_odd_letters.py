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
