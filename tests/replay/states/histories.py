"""Random histories: partitions, repetitions, letters, tombstones, and what cannot be decoded."""

from typing import Any

import orjson
from hypothesis import strategies as st

from replay.reducers import last, merge
from replay.reducers.reducer import Reducer, as_reducer
from replay.story import Story, tell
from tests.replay.told import STREAM, event

NAMES = ("a", "b", "a/b", "~", "0", "")
scalars = st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["", "x", "y", "long"])
values = st.recursive(
    scalars,
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(NAMES), below, max_size=3)
    ),
    max_leaves=5,
)
payloads = st.dictionaries(st.sampled_from(NAMES), values, max_size=4) | values
raw = st.one_of(
    payloads.map(orjson.dumps),
    payloads.map(orjson.dumps),
    payloads.map(orjson.dumps),
    st.sampled_from([None, b"", b"{", b"\xff\xfe", b"text"]),
)
topics = st.sampled_from(
    ["order-events", "order-events", "payment-events", "payment-events", "order-events-dlt"]
)


def collect(state: Any, event: Any) -> Any:
    """A list that grows at both ends and shrinks: what is in it moves."""
    items, value = list(state or []), event["value"]
    match value:
        case None:
            return items[1:]
        case dict():
            return [value, *items]
        case _:
            return [*items[-3:], value]


REDUCERS = (
    as_reducer("merge", merge),
    as_reducer("last", last),
    Reducer("collect", collect, initial=lambda aggregate: [aggregate]),
)


@st.composite
def stories(draw: st.DrawFn, max_events: int = 9) -> Story:
    """A story of order-1 by one of the reducers."""
    partitions: dict[tuple[str, int], list[Any]] = {}
    for _ in range(draw(st.integers(0, max_events))):
        place = (draw(topics), draw(st.integers(0, 1)))
        told = partitions.setdefault(place, [])
        told.append(
            event(
                len(told),
                draw(st.integers(0, 9)),
                topic=place[0],
                partition=place[1],
                id=draw(st.sampled_from([None, "e1", "e1", "e2"])),
                type="Set",
                raw=draw(raw),
            )
        )
    return tell(
        [partitions[place] for place in sorted(partitions)],
        aggregate="order-1",
        stream=STREAM,
        topics=STREAM.all_topics,
        reducer=draw(st.sampled_from(REDUCERS)),
        missing=None,
        fold_duplicates=draw(st.booleans()),
    )
