"""A recording of a part says so, and a story told from it is not called complete."""

import orjson
import pytest

from readers.recording_parts import parts_of


def account(*topics: str, finished: bool = True, **asked: object) -> str:
    told = {"asked": asked, "finished": finished, "topics": [{"topic": name} for name in topics]}
    return orjson.dumps(told).decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"keys": ["order-1"]}, "only some of its keys"),
        ({"where": "true"}, "a condition"),
        ({"stream": "orders"}, "some stories"),
        ({"finished": False}, "was stopped"),
    ],
)
def test_what_was_left_out_is_said(asked: dict, said: str) -> None:
    assert said in parts_of([account("a", **asked)])["a"]


def test_what_was_recorded_whole_is_no_part_even_if_a_part_was_recorded_too() -> None:
    assert parts_of([account("a", keys=["x"]), account("a", keys=[], where=None)]) == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"asked": null, "topics": null}'])
def test_an_account_that_says_nothing_makes_no_part(text: str) -> None:
    assert parts_of([text]) == {}
