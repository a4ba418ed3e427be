"""The work that the story screen asks of the source's thread."""

import time
from collections.abc import Callable, Iterator

from readers.source import Source
from replay.changes import changes
from replay.reducers.loading import reducer_of
from replay.story import Story
from replay.story_search import StorySearch
from replay.streams import Stream
from tui.messages import JobMessage
from tui.screens.story_messages import Point, PointReached, StoryProgressed, StoryTold

_TELL_EVERY_S = 0.5
"""What was found is told anew this often while the search goes on: a merge and a fold of it all."""

FindStream = Callable[[Source], Stream]


def search_story(
    find_stream: FindStream, aggregate: str
) -> Callable[[Source], Iterator[JobMessage]]:
    """Work that searches for an aggregate, and tells its story as it is found."""

    def work(source: Source) -> Iterator[JobMessage]:
        stream = find_stream(source)
        search = StorySearch(source, stream, aggregate, reducer=reducer_of(stream))
        told_s, told = time.monotonic(), 0
        for step in search.steps():
            yield StoryProgressed(step, search.found)
            now_s = time.monotonic()
            if search.found != told and now_s - told_s > _TELL_EVERY_S:
                told = search.found
                yield StoryTold(search.story(), done=False)
                told_s = time.monotonic()  # what the telling took is not counted
        yield StoryTold(search.story(), done=True)

    return work


def point_of(story: Story, n: int) -> Callable[[Source], Iterator[JobMessage]]:
    """Work that finds the state after event `n`, what it changed and which rules it breaks."""

    def work(source: Source) -> Iterator[JobMessage]:
        before, after = story.fold.around(n)
        yield PointReached(
            Point(story.fold.state(n), tuple(changes(before, after)), story.fold.broken_rules(n))
        )

    return work
