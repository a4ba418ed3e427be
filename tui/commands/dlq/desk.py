"""What the commands on dead letters share: the source, how letters are read, and the ledger."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from readers.errors import NothingThere
from readers.record import Position, Record
from readers.source import Source
from readers.topic_names import topic_names
from replay.deadletters.detection import LetterTopic, find_letter_topics
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import dialects_of
from replay.deadletters.fetching import fetch_all
from replay.deadletters.ledger import Ledger, open_ledger
from replay.deadletters.letter import DeadLetter
from replay.deadletters.reading import letter_event, letter_stream, read_letter
from replay.deadletters.topics import configured_letter_topics, is_dead_letter_name
from replay.event import Event
from replay.stream_config import streams_of
from replay.stream_guess import stream_of_topic
from replay.streams import Stream
from tui.opening import find_topics, opened
from tui.settings import Settings, ledger_folder


@dataclass(frozen=True, slots=True)
class Desk:
    """A source with its letters' readers and its ledger; they are closed behind the command."""

    settings: Settings
    source: Source
    ledger: Ledger
    dialects: Sequence[Dialect]
    streams: Sequence[Stream]

    def read(self, record: Record) -> DeadLetter:
        """A record as the letter it is."""
        return read_letter(record, self.dialects)

    def event(self, letter: DeadLetter) -> Event:
        """What the letter's own bytes say, by its origin's stream."""
        return letter_event(letter, self._stream_of)

    def stream(self, letter: DeadLetter) -> Stream:
        """The stream of the letter's aggregate."""
        return letter_stream(letter, self._stream_of)

    def _stream_of(self, topic: str) -> Stream:
        return stream_of_topic(self.streams, topic)

    def letter_topics(self) -> tuple[LetterTopic, ...]:
        """The topics that hold dead letters."""
        return find_letter_topics(self.source, self._configured, self.dialects)

    def letter_at(self, position: Position) -> DeadLetter:
        """The letter that lies there.

        Raises:
            NothingThere: nothing lies there, or something else.
            SourceRefused: the topic does not exist, or may not be read.
        """
        return self.letters_at([position])[0]

    def letters_at(self, positions: Sequence[Position]) -> list[DeadLetter]:
        """The letters that lie there, in this order; see `letter_at`."""
        topics = find_topics(self.source, tuple(dict.fromkeys(p.topic for p in positions)))
        counts = {topic.name: len(topic.partitions) for topic in topics}
        there = [p for p in positions if p.partition < counts[p.topic]]
        found = fetch_all(self.source, there)
        for position in positions:
            if position not in found:
                raise NothingThere(f"There is no record at {position}, or none any more.")
        letters = [self.read(found[position]) for position in positions]
        for letter in letters:
            self._check_is_one(letter)
        return letters

    def is_letter(self, letter: DeadLetter) -> bool:
        """Whether its headers, its topic's name or the configuration say that it is one."""
        topic = letter.record.topic
        return (
            letter.framework is not None or is_dead_letter_name(topic) or topic in self._configured
        )

    def _check_is_one(self, letter: DeadLetter) -> None:
        if not self.is_letter(letter):
            raise NothingThere(
                f"The record at {letter.position} is no dead letter: neither its headers nor its "
                "topic's name say that it is one; `kstory tail` shows records."
            )

    @property
    def _configured(self) -> frozenset[str]:
        return configured_letter_topics(self.settings.config)


@contextmanager
def desk(settings: Settings) -> Iterator[Desk]:
    """All of it on the source that was named."""
    with opened(settings) as source:
        names = topic_names(source)
        ledger = open_ledger(ledger_folder(source), source.cluster_id)
        try:
            yield Desk(
                settings,
                source,
                ledger,
                dialects_of(settings.config.dead_letters),
                streams_of(settings.config.streams, names),
            )
        finally:
            ledger.close()
