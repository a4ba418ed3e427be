"""The work that the story screen asks of the source's thread: the story, and what is new."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from readers.source import Source
from replay.reducers.loading import reducer_of
from replay.story_search import StorySearch
from replay.streams import Stream
from tui.messages import JobMessage
from tui.screens.story.messages import (
    NewsCounted,
    ReducerReloaded,
    StoryProgressed,
    StoryTold,
)
from tui.session import Work

_TELL_EVERY_S = 0.5
_SHARE = 10
"""Telling takes a merge and a fold of all that was found: one second in so many, at most."""

FindStream = Callable[[Source], Stream]


@dataclass(slots=True)
class TellingPace:
    """When what was found is to be told anew, in monotonic seconds."""

    told_s: float
    took_s: float = 0.0

    def is_due(self, now_s: float) -> bool:
        """Whether it is to be told now."""
        return now_s - self.told_s > max(_TELL_EVERY_S, self.took_s * _SHARE)

    def told(self, start_s: float, end_s: float) -> None:
        """It was told, from then to then."""
        self.told_s, self.took_s = end_s, end_s - start_s


def search_story(find_stream: FindStream, aggregate: str, *, everywhere: bool = False) -> Work:
    """Work that searches for an aggregate, and tells its story as it is found."""

    def work(source: Source) -> Iterator[JobMessage]:
        stream = find_stream(source)
        search = StorySearch(
            source, stream, aggregate, reducer=reducer_of(stream), everywhere=everywhere
        )
        pace, told = TellingPace(time.monotonic()), 0
        for step in search.steps():
            yield StoryProgressed(step, search.found)
            start_s = time.monotonic()
            if search.found != told and pace.is_due(start_s):
                told = search.found
                story = search.story()
                pace.told(start_s, time.monotonic())
                yield StoryTold(story, search, done=False)
        yield StoryTold(search.story(), search, done=True)

    return work


def count_news(search: StorySearch, told: int) -> Work:
    """Work that looks for what came since, and counts what was not told: all but `told` events."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        for _ in search.new_steps():
            yield None
        yield NewsCounted(search.found - told)

    return work


def tell_anew(search: StorySearch) -> Work:
    """Work that tells what was found by now."""

    def work(source: Source) -> Iterator[JobMessage]:
        yield StoryTold(search.story(), search, done=True)

    return work


def reload_reducer(search: StorySearch) -> Work:
    """Work that folds the story anew where the reducer's file was saved since."""

    def work(source: Source) -> Iterator[JobMessage]:
        if search.reload_reducer():
            yield ReducerReloaded(search.story())

    return work
