"""The reducers under examples/ tell the demo's incident, and do nothing that a reducer must not."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.source import Source
from replay.demo.dataset import write_demo
from replay.reducer_check import check_reducer
from replay.reducers.loading import limits_of, load_reducer, reducer_names
from replay.story import Story
from replay.story_search import StorySearch
from replay.stream_guess import choose_stream, guess_streams
from tests.fakes import START_MS
from tests.installed_examples import EXAMPLES, install

KEY = "order-4711"
NAMES = (str(EXAMPLES / "payment_attempts.py"), str(EXAMPLES / "order_rules.py"), "basket")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    path = tmp_path_factory.mktemp("demo") / "demo.kstory"
    write_demo(path, end_ms=START_MS)
    with closing(open_source(SourceSpec("recording", str(path)))) as source:
        yield source


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("shop-reducers", tmp_path, monkeypatch)


def told(source: Source, name: str) -> Story:
    stream = choose_stream(guess_streams([topic.name for topic in source.topics()]), KEY)
    assert stream is not None
    search = StorySearch(source, stream, KEY, reducer=load_reducer(name))
    list(search.steps())
    return search.story()


def test_a_package_offers_its_reducer_by_name(demo: Source) -> None:
    assert "basket" in reducer_names()
    story = told(demo, "basket")
    assert story.fold.state(4).value == {
        "order": KEY, "items": {"sku-1": 2, "sku-9": 1}, "reserved": {"sku-1": 2, "sku-9": 1},
        "cents": 15_000,
    }  # fmt: skip
    assert story.events[1].says == "The basket costs 50.00 now, 1 products"
    assert [story.fold.checked(n).said for n in (0, 3, 4, 10)] == [()] * 4


def test_payments_are_counted(demo: Source) -> None:
    story = told(demo, NAMES[0])
    assert story.fold.state(len(story.events)).value == {"attempts": 2, "outcome": "failed"}


def test_an_orders_steps_are_told(demo: Source) -> None:
    story = told(demo, NAMES[1])
    state = story.fold.state(len(story.events)).value
    assert state == {"orderId": KEY, "done": ["created", "reserved", "released", "cancelled"]}
    assert story.events[-1].says == "The order is cancelled now"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_wrong_is_found_with_an_example(demo: Source, name: str) -> None:
    story = told(demo, name)
    assert story.fold.state(len(story.events)).errors == ()
    assert check_reducer(name, KEY, story.fold.events, limits_of(story.stream)) == ()
