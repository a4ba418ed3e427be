"""The work that the screens of dead letters ask of the source's thread about one letter."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from readers.config_file import Config
from readers.errors import KstoryError
from readers.record import Position, Record, Span
from readers.source import Source
from replay.deadletters.aftermath import aftermath
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.header_codecs import Codec
from replay.deadletters.dialects.loading import dialects_of
from replay.deadletters.fate import Fate, fate_of
from replay.deadletters.groups.rules import Rules
from replay.deadletters.ledger import Ledger
from replay.deadletters.letter import DeadLetter
from replay.deadletters.originals import NotFound, find_original, neighbours
from replay.deadletters.reading import (
    letter_event,
    letter_stream,
    number_headers,
    places_of,
    read_letter,
)
from replay.deadletters.republish.stripping import headers_back
from replay.event import Event
from replay.reducers.loading import reducer_of
from replay.story_search import StorySearch
from replay.streams import Stream
from tui.messages import JobMessage
from tui.screens.letter.messages import (
    AggregateSearched,
    AggregateTold,
    LetterRead,
    OriginalRead,
)

_NEIGHBOURS = 4

Steps = Iterator[JobMessage | None]


@dataclass(frozen=True, slots=True)
class LetterTools:
    """What reading a letter needs besides its source.

    Attributes:
        config: what the user configured.
        rules: how letters are grouped, and whose frames are the application's.
        stream_of: the stream that reads a topic's records.
        open_ledger: the ledger of a source's cluster; called on its thread, and closed again.
    """

    config: Config
    rules: Rules
    stream_of: Callable[[str], Stream]
    open_ledger: Callable[[Source], Ledger]

    def dialects(self) -> Sequence[Dialect]:
        """All there are. The first call loads packages: only the source's thread makes it."""
        return dialects_of(self.config.dead_letters)

    def fates(
        self, source: Source, letters: Iterable[DeadLetter] | None = None
    ) -> Mapping[Position, Fate]:
        """What became of letters and their origins, as the ledger has it; None for all of it."""
        with closing(self.open_ledger(source)) as ledger:
            return ledger.fates(None if letters is None else places_of(letters))

    def owned(self, letter: DeadLetter) -> tuple[str, ...]:
        """The names of the letter's headers that never go back with it."""
        return tuple(dict.fromkeys(headers_back(letter, self.dialects()).stripped))

    def numbers(self, letter: DeadLetter) -> Mapping[str, Codec]:
        """The letter's headers that are numbers in bytes, and how they are read."""
        return number_headers(letter.record, self.dialects())

    def stream(self, letter: DeadLetter) -> Stream:
        """The stream of the letter's aggregate: its origin's, where that is told."""
        return letter_stream(letter, self.stream_of)

    def event(self, letter: DeadLetter) -> Event:
        """What the letter's own bytes say, by its stream's reading."""
        return letter_event(letter, self.stream_of)


def look_at(position: Position, tools: LetterTools, *, with_original: bool) -> Callable[..., Steps]:
    """Work that reads a letter, its original with neighbours if asked, and its aggregate's story.

    What fails on the way is said in its place; the rest goes on.
    """

    def work(source: Source) -> Steps:
        letter = None
        for found in _read(source, position):
            if found is None:
                yield None
            else:
                letter = read_letter(found, tools.dialects())
        if letter is None:
            yield LetterRead(position, None)
            return
        with closing(tools.open_ledger(source)) as ledger:
            fates = ledger.fates(places_of([letter]))
            fate, mended = fate_of(fates, letter), ledger.mended(position)
        yield LetterRead(
            position, letter, tools.owned(letter), tools.numbers(letter), fate, mended is not None
        )
        if with_original:
            yield _original(source, letter, tools)
        yield from _aggregate(source, letter, tools)

    return work


def _read(source: Source, position: Position) -> Iterator[Record | None]:
    span = Span(*position.topic_partition, position.offset, position.offset + 1)
    for batch in source.read([span]):
        yield next(iter(batch.records), None)


def _original(source: Source, letter: DeadLetter, tools: LetterTools) -> JobMessage:
    try:
        found = find_original(source, letter)
        if isinstance(found, NotFound):
            return OriginalRead(None, (), found.why)
        around = neighbours(source, found.record.position, _NEIGHBOURS)
    except KstoryError as error:
        return OriginalRead(None, (), str(error))
    stream = tools.stream_of(found.record.topic)
    return OriginalRead(found.record, tuple(map(stream.event, around)), how=found.how)


def _aggregate(source: Source, letter: DeadLetter, tools: LetterTools) -> Steps:
    aggregate = tools.event(letter).aggregate
    if aggregate is None:
        yield AggregateTold(None, "The letter names no aggregate: it has no key.")
        return
    try:
        stream = tools.stream(letter)
        search = StorySearch(source, stream, aggregate, reducer=reducer_of(stream))
        for step in search.steps():
            yield AggregateSearched(step)
    except KstoryError as error:
        yield AggregateTold(None, str(error))
        return
    yield AggregateTold(aftermath(search.story(), letter))
