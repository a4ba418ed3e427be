"""What came since a story was searched for."""

from pathlib import Path

import pytest

from readers.errors import SourceError
from replay.reducers.loading import load_reducer
from replay.story_search import StorySearch
from replay.streams import Stream
from tests.fakes import FakeSource, record_of

STREAM = Stream("orders", ("order-events",))


def searched(source: FakeSource) -> StorySearch:
    search = StorySearch(source, STREAM, "order-1")
    list(search.steps())
    return search


def test_only_what_was_written_since_is_read() -> None:
    source = FakeSource([record_of(offset=0)], partitions=1)
    search = searched(source)
    source.reads.clear()
    source.add(record_of(offset=1), record_of(offset=2, key=b"order-2"))
    list(search.new_steps())
    assert search.found == 2
    assert [(span.start, span.end_exclusive) for span in source.reads] == [(1, 3)]
    list(search.new_steps())
    assert len(search.story().events) == 2


def test_a_source_that_fails_on_the_way_loses_nothing() -> None:
    source = FakeSource([record_of(offset=0)], partitions=1, batch_size=1)
    search = searched(source)
    source.add(record_of(offset=1), record_of(offset=2))
    steps = search.new_steps()
    next(steps)
    source.failures.append(SourceError("gone"))
    with pytest.raises(SourceError):
        list(steps)
    assert search.found == 1
    list(search.new_steps())
    assert [event.event.position.offset for event in search.story().events] == [0, 1, 2]


def test_a_reducer_is_taken_anew_only_when_its_file_was_saved(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def reduce(state, event):\n    return 1\n")
    source = FakeSource([record_of()], partitions=1)
    search = StorySearch(source, STREAM, "order-1", reducer=load_reducer(str(file)))
    list(search.steps())
    assert not search.reload_reducer()
    file.write_text("def reduce(state, event):\n    return 'new'\n")
    assert search.reload_reducer()
    assert search.story().fold.state(1).value == "new"
