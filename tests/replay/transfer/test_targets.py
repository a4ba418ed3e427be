"""Which topic becomes which, and when that is refused."""

from contextlib import closing

import pytest

from readers.errors import SourceRefused, UsageError
from readers.opening import open_sink, open_source
from readers.source import NewTopic
from replay.locator import Locator
from replay.streams import Stream
from replay.transfer.picks import Picks
from replay.transfer.targets import (
    Wanted,
    choose_targets,
    make_topics,
    parse_mapping,
    refuse_loop,
)
from tests.fakes import FakeSource, record_of
from tests.replay.transfer.places import Place
from tests.waiting import wait_until


def wanted(topic: str, partitions: int, *, exactly: bool = True) -> Wanted:
    return Wanted(topic, partitions, exactly, {"cleanup.policy": "compact"})


def test_topics_are_made_as_they_are_needed_and_then_are_there(place: Place) -> None:
    with closing(open_sink(place.spec)) as sink:
        sink.create_topics([NewTopic("targets-there", 2, {})])
        with closing(open_source(place.spec)) as into:
            chosen = choose_targets(
                into, [wanted("a", 3), wanted("targets-there", 2)], {"a": "targets-new"}
            )
            assert [(t.topic, t.origins, t.new is not None) for t in chosen] == [
                ("targets-new", ("a",), True), ("targets-there", ("targets-there",), False),
            ]  # fmt: skip
            make_topics(sink, chosen)

            def made() -> list[tuple[int, bool | None]]:
                return [(len(t.partitions), t.compacted) for t in into.topics(["targets-new"])]

            wait_until(lambda: made() == [(3, True)])


def test_several_go_into_one_where_they_have_as_many_partitions() -> None:
    both = {"a": "c", "b": "c"}
    (target,) = choose_targets(None, [wanted("a", 3), wanted("b", 3)], both)
    assert target.origins == ("a", "b")
    with pytest.raises(UsageError, match="cannot both go into c"):
        choose_targets(None, [wanted("a", 3), wanted("b", 2)], both)


def test_a_target_has_as_many_partitions_or_where_that_is_not_known_enough() -> None:
    into = FakeSource(topics=["a"], partitions=4)
    assert choose_targets(into, [wanted("a", 3, exactly=False)], {})[0].partitions == 4
    for needed in (wanted("a", 3), wanted("a", 5, exactly=False)):
        with pytest.raises(SourceRefused, match="The target a has 4 partitions"):
            choose_targets(into, [needed], {})


def test_a_mapping_names_what_is_moved() -> None:
    assert parse_mapping(["a=b", "c=d=e"], ["a", "c"]) == {"a": "b", "c": "d=e"}
    for text in ("a", "=b", "a=", "x=y"):
        with pytest.raises(UsageError):
            parse_mapping([text], ["a"])


def test_no_topic_is_played_into_one_that_is_read() -> None:
    refuse_loop(["a", "b"], {"a": "x", "b": "y"}, "here")
    for mapping in ({}, {"a": "b", "b": "x"}):
        with pytest.raises(UsageError, match="which is read at the same time"):
            refuse_loop(["a", "b"], mapping, "here")


def test_a_whole_story_is_found_by_the_streams_own_id() -> None:
    stream = Stream("orders", ("orders",), aggregate_id=(Locator.parse("value.orderId"),))
    record = record_of("orders", key=b"anything", value=b'{"orderId": "order-7"}')
    assert Picks([stream], keys=[b"order-7"], whole_story=True).holds(record)
    assert not Picks([stream], keys=[b"order-7"]).holds(record)
    assert not Picks([stream], keys=[b"order-8"], whole_story=True).holds(record)
