"""Time travel through a thousand aggregates of the demo equals folding by hand, on both sources."""

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import jsonpatch
import orjson
import pytest

from readers.kafka import KafkaSource
from readers.kafka_writer import KafkaSink
from readers.record import Record, TopicPartition
from readers.recording import RecordingSink, RecordingSource
from readers.source import Source
from replay.demo.dataset import build_demo, write_records
from replay.event import Event
from replay.reducers.loading import choose_reducer
from replay.reducers.reducer import Reducer
from replay.state_condition import StateCondition
from replay.states import diff
from replay.states.bisect import Found, How, WhenTrue, first_after
from replay.states.blame import Blame
from replay.states.fingerprint import state_sha256
from replay.states.what_if import WhatIf
from replay.story import Story, tell
from replay.stream_guess import guess_streams
from tests.broker.broker import Broker
from tests.replay.states.naive import leaf_values, naive_blame, naive_states, typed
from tui.render.times import UTC_ZONE
from tui.story_point import n_of

END_MS = 1_795_435_200_000
DEMO = build_demo(END_MS)
(STREAM,) = guess_streams({record.topic for record in DEMO.records})
AGGREGATES = 1_000
LAST_STATES = "bda122802cec040e92a558734a67b3999bcd485ac6070b08cec194e787010b48"
"""Of the hashes of their last states, one behind the other."""
CONDITION = StateCondition('has(state.status) && state.status in ["PAID", "CANCELLED"]')


@pytest.fixture(
    scope="module", params=["recording", pytest.param("kafka", marks=pytest.mark.broker)]
)
def source(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Source]:
    if request.param == "recording":
        path = tmp_path_factory.mktemp("both") / "demo.kstory"
        with closing(RecordingSink(path)) as sink:
            write_records(sink, DEMO.records)
        opened: Source = RecordingSource(path)
    else:
        broker: Broker = request.getfixturevalue("broker")
        with closing(KafkaSink(broker.bootstrap, {})) as sink:
            write_records(sink, DEMO.records)
        opened = KafkaSource(broker.bootstrap, {}, None)
    with closing(opened):
        yield opened


def stories(source: Source) -> Iterator[Story]:
    """A thousand of them, the same ones of every source, read all at once."""
    found: dict[str, dict[TopicPartition, list[Record]]] = defaultdict(lambda: defaultdict(list))
    spans = [span for topic in source.topics(STREAM.all_topics) for span in topic.spans]
    for batch in source.read(spans):
        for record in batch.records:
            found[(record.key or b"").decode()][record.position.topic_partition].append(record)
    for key in random.Random(5).sample(sorted(found), AGGREGATES):
        events = [[STREAM.event(r) for r in found[key][place]] for place in sorted(found[key])]
        types = [e.type for part in events for e in part if not e.is_letter]
        yield tell(
            events,
            aggregate=key,
            stream=STREAM,
            topics=STREAM.all_topics,
            reducer=choose_reducer(types),
            missing=None,
        )


def test_a_thousand_aggregates_are_travelled_as_by_hand(source: Source) -> None:
    chance = random.Random(7)
    count, hashes = 0, hashlib.sha256()
    for story in stories(source):
        states = by_hand(story, [told.event for told in story.events])
        check_points(story, states, chance)
        check_where(story, [told.event for told in story.events])
        check_bisect(story, states)
        check_walk(story, chance)
        count += 1
        hashes.update(state_sha256(story.fold.state(len(story.events)).value).encode())
        assert story.fold.reducer.code_sha256 is not None
    assert count == AGGREGATES
    assert hashes.hexdigest() == LAST_STATES, "not what the other source gives"


def by_hand(story: Story, events: list[Any]) -> list[Any]:
    reducer = story.fold.reducer
    assert isinstance(reducer, Reducer)
    initial = None if reducer.initial is None else reducer.initial(story.aggregate)
    return naive_states(events, reducer.reduce, initial)


def check_points(story: Story, states: list[Any], chance: random.Random) -> None:
    blame = Blame(story.fold)
    points = [*range(len(states))]
    chance.shuffle(points)
    for n in points:
        assert typed(story.fold.state(n).value) == typed(states[n]), (story.aggregate, n)
        assert blame.at(n) == naive_blame(states, n), (story.aggregate, n)
        assert [*blame.at(n)] == [*leaf_values(states[n])]
    before, after = (states[chance.choice(points)] for _ in range(2))
    operations = diff.patch(before, after)
    assert typed(jsonpatch.apply_patch(orjson.loads(orjson.dumps(before)), operations)) == typed(
        after
    )


def check_where(story: Story, events: list[Event]) -> None:
    """A position or a time means the last event that was read, or told, by then."""

    def means(typed: str) -> int:
        return n_of(story, typed, now_ms=END_MS, zone=UTC_ZONE)

    for event in events:
        place, at_ms = event.position, event.time_ms
        read = [
            n for n, e in enumerate(events, 1)
            if e.position.topic_partition == place.topic_partition
            and e.position.offset <= place.offset
        ]  # fmt: skip
        assert means(str(place)) == read[-1]
        later = (n for n, e in enumerate(events) if (e.time_ms or 0) > (at_ms or 0))
        assert means(str(at_ms)) == next(later, len(events))


def check_bisect(story: Story, states: list[Any]) -> None:
    holds = [
        isinstance(state, dict) and state.get("status") in ("PAID", "CANCELLED") for state in states
    ]
    expected = Found(holds.index(True), How.FOLD) if any(holds) else None
    assert first_after(story.fold, WhenTrue(story, CONDITION)) == expected, story.aggregate


def check_walk(story: Story, chance: random.Random) -> None:
    """Some steps, jumps, skips, moves and edits, and the state at each."""
    changed = WhatIf(story)
    world: list[Any] = [told.event for told in story.events]
    cursor = 0
    for _ in range(6):
        n, to = (chance.randint(1, len(world)) for _ in range(2))
        match chance.choice(["step", "jump", "skip", "move", "edit"]):
            case "step":
                cursor = min(cursor + 1, len(world))
            case "jump":
                cursor = n
            case "skip":
                changed.skip(n)
                world[n - 1] = None
            case "move":
                changed.move(n, to)
                world.insert(to - 1, world.pop(n - 1))
            case "edit" if world[n - 1] is not None:
                changed.edit(n, b'{"amount": 1, "status": "EDITED"}')
                world[n - 1] = changed.world.event(n).event
        states = by_hand(story, world)
        assert typed(changed.fold.state(cursor).value) == typed(states[cursor]), story.aggregate
    assert typed(changed.fold.state(len(world)).value) == typed(states[-1]), story.aggregate
