"""A recording tells of each topic which runs recorded it, and what each of them took."""

import orjson
import pytest

from readers.recording_parts import RecordedRange, RecordedRun, runs_of

RANGE = {"partition": 1, "start": 4, "reached": 9, "kept_from": 2, "kept_until": 9, "records": 5}


def account(
    *topics: str, finished: bool = True, lost: tuple[str, ...] = (), **asked: object
) -> str:
    told = {"asked": asked, "finished": finished, "lost": lost}
    return orjson.dumps(
        told | {"topics": [{"topic": t, "ranges": [RANGE]} for t in topics]}
    ).decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"keys": ["order-1"]}, {"keys": frozenset({"order-1"}), "of_stories": True}),
        ({"keys": ["order-1"], "topics": ["a"]}, {"keys": frozenset({"order-1"})}),
        ({"topics": ["a"], "stream": "s"}, {"of_stories": True}),
        ({"where": "true", "topics": ["a"]}, {"filtered": True}),
        ({"topics": ["a"], "finished": False}, {"finished": False}),
        ({"topics": ["a"], "lost": ("Gone.",)}, {"lost": ("Gone",)}),
    ],
)  # fmt: skip
def test_what_was_taken_is_told(asked: dict, said: dict) -> None:
    ranges = (RecordedRange(1, 4, 9, 2, 9),)
    assert runs_of([account("a", **asked)]) == {"a": (RecordedRun(ranges=ranges, **said),)}


def test_each_run_is_told_of_each_of_its_topics() -> None:
    found = runs_of([account("a", keys=["x"]), account("a", "b", keys=[], where=None)])
    assert {name: [bool(run.keys) for run in runs] for name, runs in found.items()} == {
        "a": [True, False], "b": [False],
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"asked": null, "topics": null}'])
def test_an_account_that_says_nothing_tells_of_no_run(text: str) -> None:
    assert runs_of([text]) == {}


@pytest.mark.parametrize(
    "text",
    ['{"topics": ["a"]}', '{"topics": 7}', '{"topics": [{"topic": "a", "ranges": [{}]}]}'],
)  # fmt: skip
def test_an_account_of_another_shape_is_not_passed_over(text: str) -> None:
    with pytest.raises(ValueError, match="another shape"):
        runs_of([text])
