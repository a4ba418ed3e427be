"""Change events of databases fold into rows."""

from typing import Any

import pytest

from replay.fold import Fold, Folding
from replay.reducer_check import check_reducer
from replay.reducers.debezium import UNAVAILABLE, narrate, reduce, replaces
from replay.reducers.limits import Limits
from replay.reducers.loading import load_reducer
from replay.streams import Stream
from tests.corpus_records import corpus

ROW = {"id": 1, "name": "Ann", "photo": "long"}


def change(op: str, before: Any = None, after: Any = None, *, schema: bool = False) -> Any:
    value = {"op": op, "before": before, "after": after, "source": {"table": "users"}}
    return {"value": {"schema": {"type": "struct"}, "payload": value} if schema else value}


@pytest.mark.parametrize("schema", [False, True])
@pytest.mark.parametrize(
    ("op", "after", "state"),
    [("c", ROW, ROW), ("r", ROW, ROW), ("u", ROW, ROW), ("d", None, None), ("t", None, None),
     ("m", None, {"id": 0})],
)  # fmt: skip
def test_each_operation_does_what_it_did_to_the_table(
    op: str, after: Any, state: Any, schema: bool
) -> None:
    event = change(op, None, after, schema=schema)
    assert reduce({"id": 0}, event) == state
    assert replaces(event) is (op != "m")


def test_a_tombstone_leaves_no_row() -> None:
    assert reduce(ROW, {"value": None}) is None
    assert replaces({"value": None})


def test_a_column_that_a_change_does_not_tell_stays() -> None:
    event = change("u", None, {**ROW, "name": "Bo", "photo": UNAVAILABLE})
    assert reduce(ROW, event) == {**ROW, "name": "Bo"}
    assert not replaces(event)
    assert reduce(None, event)["photo"] == UNAVAILABLE


def test_an_unwrapped_value_is_the_row() -> None:
    assert reduce(None, {"value": ROW}) == ROW
    assert reduce(ROW, {"value": {"op": "c", "of": "theirs"}}) == {"op": "c", "of": "theirs"}


@pytest.mark.parametrize(
    "value", [7, "text", [1], {"op": 7, "source": {}}, {"op": [], "source": 1}]
)
def test_a_value_of_any_kind_is_taken(value: Any) -> None:
    assert reduce(ROW, {"value": value}) == value
    narrate({"value": value}, None, value)


def test_the_sentence_says_what_changed() -> None:
    event = change("u", None, {**ROW, "name": "Bo"})
    assert narrate(event, ROW, {**ROW, "name": "Bo"}) == "Updated in users: name"
    assert narrate(change("d"), ROW, None) == "Deleted from users"
    assert narrate({"value": ROW}, None, ROW) is None


def folded(topic: str, of: bytes) -> Fold:
    stream = Stream("rows", (topic,))
    records = [r for r in corpus("debezium") if r.topic == topic and of in (r.key or b"")]
    events = [Folding(stream.event(record)) for record in records]
    return Fold(load_reducer("debezium"), "row", events)


@pytest.mark.parametrize(
    ("topic", "key"),
    [("real-pg.public.orders", b'{"id":1}'), ("real-pgs.public.orders", b'"payload":{"id":1}')],
)
def test_a_row_of_a_real_database_is_what_the_table_had(topic: str, key: bytes) -> None:
    fold = folded(topic, key)
    rows: list[Any] = [fold.state(n).value for n in range(len(fold) + 1)]
    assert rows[0] is None
    assert all(isinstance(row, dict) and row["id"] == 1 for row in rows[1:])
    assert [row["status"] for row in rows[1:3]] == ["PLACED", "PAID"]
    assert fold.replaced_at(len(fold)) == len(fold)
    assert fold.state(len(fold)).errors == ()


@pytest.mark.parametrize("topic", ["real-pg.public.orders", "real-pgs.public.orders"])
def test_a_row_that_was_deleted_is_gone(topic: str) -> None:
    fold = folded(topic, b'"id":4}')
    assert len(fold) == 3
    assert isinstance(fold.state(1).value, dict)
    assert (fold.state(2).value, fold.state(3).value) == (None, None)


def test_the_reducer_does_nothing_wrong_on_a_real_databases_changes() -> None:
    for topic in ("real-pg.public.orders", "real-pgs.public.orders", "real-pg.public.customers"):
        events = folded(topic, b"").events
        assert check_reducer("debezium", "row", events, Limits()) == ()
