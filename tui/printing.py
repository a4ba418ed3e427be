"""Records on stdout, a batch at a time: as lines of text or of JSON."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from readers.record import Record
from replay.event import Event
from replay.stream_guess import stream_of_topic
from replay.streams import Stream
from tui.output import print_lines, write_bytes
from tui.render.json_lines import JsonLines
from tui.render.record_line import record_line
from tui.settings import Settings


class Printer:
    """Writes records to stdout, a batch at a time."""

    def __init__(
        self,
        settings: Settings,
        streams: Sequence[Stream],
        *,
        several: bool,
        turn: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        """Take how it is printed.

        Args:
            settings: as what, and in which zone.
            streams: how a topic's records are read as events.
            several: the records are of several topics, which lines of text name then.
            turn: what it gives is held while something is written.
        """
        self._turn = turn
        self._as_json = settings.as_json
        self._zone = settings.zone
        self._streams = streams
        self._by_topic: dict[str, Stream] = {}
        self._several = several
        self._lines = JsonLines(self._stream_of)

    def event(self, record: Record) -> Event:
        """What the record says by its topic's stream."""
        return self._stream_of(record.topic).event(record)

    def print(self, records: Sequence[Record]) -> None:
        """Print them, at once."""
        if self._as_json:
            for text in self._lines.chunks(records):
                with self._turn():
                    write_bytes(text)
        else:
            events = map(self.event, records)
            lines = [record_line(e, self._zone, with_topic=self._several) for e in events]
            with self._turn():
                print_lines(lines)

    def _stream_of(self, topic: str) -> Stream:
        stream = self._by_topic.get(topic)
        if stream is None:
            stream = self._by_topic[topic] = stream_of_topic(self._streams, topic)
        return stream
