"""Recording topics as they are, at their own offsets; stopped at any time, it goes on later."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import orjson

from readers.errors import SourceError, SourceRefused
from readers.record import Position, Record, Span
from readers.recording_parts import ACCOUNT_PREFIX
from readers.recording_sink import RecordingSink
from readers.scanning import found_in
from readers.source import Batch, NewTopic, Source
from replay.transfer.manifest import Account, Manifest, TopicPart, manifest_json, manifest_of
from replay.transfer.manifest_file import manifest_of_text
from replay.transfer.picks import Selection

COMMIT_AFTER_S = 0.05
"""A step of a read takes 0.2 s at most, so what it brought is stored within 0.25 s."""
_COMMIT_RECORDS = 5_000
_COMMIT_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RecordStep:
    """How far a recording is; `total` is 0 while it follows what comes.

    Attributes:
        said: what is worth telling about how it is read; empty in most steps.
    """

    read: int
    total: int
    records: int
    said: str = ""


class Recorder:
    """One run of `record`: the thread of the source calls everything.

    Records and how far it is are stored in one transaction, a few times a second.
    """

    def __init__(
        self,
        source: Source,
        sink: RecordingSink,
        selection: Selection,
        *,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the topics in the file, and find out how far the same recording came before.

        Raises:
            SourceRefused: the file has one of the topics from elsewhere.
        """
        self._source = source
        self._sink = sink
        self._selection = selection
        self._clock_s = clock_s
        self._name = f"{ACCOUNT_PREFIX}{_digest(source.cluster_id, selection.asked)}"
        fresh = manifest_of(source.name, source.cluster_id, selection)
        before = self._before()
        self._check(fresh)
        sink.create_topics(
            [NewTopic(t.topic, len(t.ranges), t.config) for t in fresh.topics if t.ranges]
        )
        self.resumed = before is not None
        self._account = Account(fresh if before is None else _continued(before, fresh))
        self._waiting: list[Record] = []
        self._waiting_bytes = 0
        self._since_s = clock_s()
        self._dirty = True
        self._finished = False

    @property
    def kept(self) -> Manifest:
        """What the file has, by this run and those before it, as it says itself.

        What was read and not stored yet, of the last quarter of a second, is not in it; the same
        recording reads it again.
        """
        return self._before() or self._account.manifest

    def steps(self, *, follow: bool) -> Iterator[RecordStep]:
        """Record what is there, then, where it follows, what comes.

        Raises:
            SourceError: the file cannot be written any more; what was stored is kept.
        """
        spans = [s for s in map(self._rest, self._selection.spans) if s.width]
        total = sum(span.width for span in spans)
        starts = {span.topic_partition: span.start for span in spans}
        for batch in found_in(self._source, self._selection.picks.wanted, spans):
            self._take(batch)
            read = sum(self._account.reached(place) - at for place, at in starts.items())
            yield RecordStep(read, total, self._account.records, said_of(batch))
        self._finished = self._dirty = True
        self._flush()
        if follow:
            yield from self._follow()

    def _flush(self) -> None:
        """Store what was read and is not yet stored, whole or not at all."""
        if not self._dirty:
            return
        notes = [(self._name, _text(self._account.told(finished=self._finished))), *self._origins()]
        try:
            self._sink.store(self._waiting, notes)
        except SourceError as error:
            stored = self._account.records - len(self._waiting)
            raise type(error)(
                f"{error} {stored:,} records are stored; the same command goes on behind them."
            ) from error
        self._waiting, self._waiting_bytes, self._dirty = [], 0, False

    def _follow(self) -> Iterator[RecordStep]:
        ends = [
            Position(*span.topic_partition, self._account.reached(span.topic_partition))
            for span in self._selection.spans
        ]
        for batch in self._source.follow(ends):
            self._take(batch)
            yield RecordStep(0, 0, self._account.records)

    def _take(self, batch: Batch) -> None:
        wanted = self._selection.picks.kept(batch.records)
        if not self._dirty:
            self._since_s = self._clock_s()
        self._dirty = self._dirty or bool(wanted or batch.reached or batch.notices)
        self._account.read(batch)
        self._account.moved(wanted)
        self._waiting += wanted
        self._waiting_bytes += sum(record.size_bytes for record in wanted)
        is_much = len(self._waiting) >= _COMMIT_RECORDS or self._waiting_bytes >= _COMMIT_BYTES
        if is_much or self._clock_s() - self._since_s >= COMMIT_AFTER_S:
            self._flush()

    def _rest(self, span: Span) -> Span:
        start = max(span.start, self._account.reached(span.topic_partition))
        return Span(span.topic, span.partition, start, span.end_exclusive)

    def _before(self) -> Manifest | None:
        text = self._sink.noted(self._name)
        return None if text is None else manifest_of_text(text, "the recording")

    def _origins(self) -> list[tuple[str, str]]:
        return [
            (f"from:{topic.name}", origin_text(self._source.cluster_id, topic.topic_id))
            for topic in self._selection.topics
        ]

    def _check(self, manifest: Manifest) -> None:
        for topic in manifest.topics:
            check_origin(self._sink, topic, self._source.cluster_id, self._source.name)


def said_of(batch: Batch) -> str:
    """What is worth telling of a batch that is no loss: losses are in the account."""
    return " ".join(notice.text for notice in batch.notices if not notice.is_loss)


def origin_text(cluster_id: str, topic_id: str | None) -> str:
    """Where a topic's records come from, as a recording notes it."""
    return orjson.dumps([cluster_id, topic_id]).decode()


def check_origin(sink: RecordingSink, topic: TopicPart, cluster_id: str, name: str) -> None:
    """See that the file has no records of another topic of this name: their offsets would mix.

    Raises:
        SourceRefused: it has.
    """
    noted = sink.noted(f"from:{topic.topic}")
    same = origin_text(cluster_id, topic.topic_id)
    is_its_own = sink.noted("cluster_id") == cluster_id
    if noted == same or is_its_own or (noted is None and not sink.has_records(topic.topic)):
        return
    raise SourceRefused(
        f"The recording has records of another {topic.topic} than the one of {name}: "
        "of another cluster, or of one that was deleted and made again. Use another file."
    )


def _continued(before: Manifest, fresh: Manifest) -> Manifest:
    """What was recorded before, with what the source has now."""
    ranges = {
        (topic.topic, part.partition): part for topic in before.topics for part in topic.ranges
    }
    topics = []
    for topic in fresh.topics:
        parts = []
        for part in topic.ranges:
            known = ranges.get((topic.topic, part.partition), part)
            parts.append(replace(known, kept_until=part.kept_until))
        topics.append(TopicPart(topic.topic, topic.topic_id, topic.config, tuple(parts)))
    lost = tuple(dict.fromkeys((*before.lost, *fresh.lost)))
    return Manifest(
        fresh.source, fresh.cluster_id, fresh.asked, tuple(topics), lost, finished=False
    )


def _text(manifest: Manifest) -> str:
    return orjson.dumps(manifest_json(manifest)).decode()


def _digest(*parts: object) -> str:
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]
