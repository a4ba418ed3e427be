"""The reducers for streams that nobody wrote one for."""

from typing import Any

import pytest

from replay.reducers import last, merge


def event(value: Any, *, error: str | None = None) -> dict[str, Any]:
    return {"value": value, "error": error}


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        # RFC 7386, appendix A.
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_is_a_json_merge_patch(target: Any, patch: Any, result: Any) -> None:
    assert merge.reduce(target, event(patch)) == result


def test_merge_changes_neither_state_nor_event() -> None:
    state, patch = {"a": {"b": 1}}, {"a": {"c": {"d": 2}}}
    merged = merge.reduce(state, event(patch))
    merged["a"]["c"]["d"] = 3
    assert (state, patch) == ({"a": {"b": 1}}, {"a": {"c": {"d": 2}}})


def test_merge_goes_as_deep_as_a_payload_does() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    merged = merge.reduce({}, event(deep))
    for _ in range(100_000):
        merged, deep = merged["a"], deep["a"]
    assert merged == {}


def test_what_cannot_be_read_leaves_the_state() -> None:
    assert merge.reduce({"a": 1}, event("{", error="not JSON")) == {"a": 1}
    assert last.reduce({"a": 1}, event("{", error="not JSON")) == {"a": 1}


def test_last_is_the_last_value() -> None:
    assert last.reduce({"a": 1}, event({"b": 2})) == {"b": 2}
    assert last.reduce({"a": 1}, event(None)) is None
