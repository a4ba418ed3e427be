"""Putting a file's records into a recording at their own offsets, or once into a cluster."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace

import orjson

from readers.errors import UsageError
from readers.record import Header, Position, Record
from readers.recording_parts import IMPORT_PREFIX
from readers.recording_sink import RecordingSink
from readers.source import NewTopic
from replay.player import MAX_SPEED, StoryClock
from replay.transfer.files import read_records
from replay.transfer.manifest import Manifest, TopicPart, manifest_json
from replay.transfer.recorder import check_origin, origin_text
from replay.transfer.sending import Due, OnceSink, RealClock, SendStep, paced, send
from replay.transfer.survey import Survey
from replay.transfer.targets import Target, Wanted, make_topics, progress_place, unwritable

MARK = "kstory-imported-from"
_EXAMPLES = 3
_STORE_RECORDS = 5_000
_STORE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoreStep(SendStep):
    """How far an import into a recording is; `sent` counts the records that are new in it.

    Attributes:
        differing: how many were left out since another record lies at their place.
        examples: some of those places.
    """

    differing: int = 0
    examples: tuple[Position, ...] = ()


def import_into_recording(
    survey: Survey, wanted: Iterable[Wanted], sink: RecordingSink, mapping: Mapping[str, str]
) -> Iterator[StoreStep]:
    """Store the records at their own offsets; those that are there already stay as they are.

    Raises:
        SourceRefused: the recording has a topic of this name from elsewhere.
    """
    parts = _parts(survey)
    cluster_id = survey.manifest.cluster_id if survey.manifest else f"file:{survey.sha256}"
    topics = list(wanted)
    notes = []
    for each in topics:
        name = mapping.get(each.topic, each.topic)
        part = parts.get(each.topic)
        topic_id = part.topic_id if part else None
        check_origin(sink, TopicPart(name, topic_id, {}, ()), cluster_id, str(survey.path))
        notes.append((f"from:{name}", origin_text(cluster_id, topic_id)))
    sink.create_topics(
        [NewTopic(mapping.get(t.topic, t.topic), t.partitions, t.config) for t in topics]
    )
    account = f"{IMPORT_PREFIX}{_account_id(survey, mapping)}"
    if sink.noted(account) is None:
        notes.append((account, _account(survey, topics, mapping, finished=False)))
    step = StoreStep(0)
    for group in _groups(read_records(survey.path, survey.form)):
        records = [_renamed(record, mapping) for record in group]
        differing = sink.differing(records)
        step = StoreStep(
            step.sent + sink.store(records, notes),
            differing=step.differing + len(differing),
            examples=(*step.examples, *differing)[:_EXAMPLES],
        )
        notes = []
        yield step
    sink.store((), [*notes, (account, _account(survey, topics, mapping, finished=True))])


class ClusterImport:
    """An import into topics that give the records offsets of their own; each lands once.

    Attributes:
        name: of the write: the same file, mapping and options are the same write, however often
            and on whatever machine it is started.
    """

    def __init__(
        self,
        survey: Survey,
        targets: tuple[Target, ...],
        mapping: Mapping[str, str],
        *,
        mark: bool = False,
        skip_unwritable: bool = False,
        run: str | None = None,
    ) -> None:
        self._survey = survey
        self._targets = targets
        self._mapping = mapping
        self._mark = mark
        self._skip = skip_unwritable
        said = [survey.sha256, sorted(mapping.items()), mark, skip_unwritable, run]
        self.name = f"import-{hashlib.sha256(orjson.dumps(said)).hexdigest()[:24]}"

    @property
    def total(self) -> int:
        """How many records there are to send."""
        return self._survey.records - (self._survey.refused if self._skip else 0)

    def check(self) -> None:
        """See that all can be written.

        Raises:
            UsageError: some cannot, and were not left out.
        """
        if self._survey.refused and not self._skip:
            raise UsageError(
                f"{self._survey.refused:,} records cannot be written into a cluster as they are: "
                f"{'; '.join(self._survey.examples)}. Import them into a recording, or leave them "
                "out with --skip-unwritable."
            )

    def steps(self, sink: OnceSink) -> Iterator[SendStep]:
        """Make the topics, and send what was not sent before."""
        self.check()
        if not self._targets:
            yield SendStep(0)
            return
        make_topics(sink, self._targets)
        with closing(sink.once(self.name, progress_place(self._targets))) as writer:
            done = writer.resume().done
            yield SendStep(done)
            clock = RealClock()
            pace = StoryClock(clock.now_s, speed=MAX_SPEED)
            pace.play()
            yield from send(paced(self._dues(done), pace, clock), writer, already=done)

    def _dues(self, done: int) -> Iterator[Due[Record]]:
        sent = 0
        for record in read_records(self._survey.path, self._survey.form):
            if self._skip and unwritable(record) is not None:
                continue
            sent += 1
            if sent > done:
                yield Due(self._outgoing(record), 0.0)

    def _outgoing(self, record: Record) -> Record:
        header: Header = (MARK, str(record.position).encode())
        headers = (*record.headers, header) if self._mark else record.headers
        return _renamed(record, self._mapping)._replace(headers=headers)


def _renamed(record: Record, mapping: Mapping[str, str]) -> Record:
    name = mapping.get(record.topic)
    return record if name is None else record._replace(topic=name)


def _account_id(survey: Survey, mapping: Mapping[str, str]) -> str:
    said = [survey.sha256, sorted(mapping.items())]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()[:24]


def _account(
    survey: Survey, topics: Iterable[Wanted], mapping: Mapping[str, str], *, finished: bool
) -> str:
    """The file's manifest under the names that its topics get; `finished` once all is stored."""
    manifest = survey.manifest or _unknown(survey, topics)
    renamed = tuple(
        replace(topic, topic=mapping.get(topic.topic, topic.topic)) for topic in manifest.topics
    )
    told = replace(manifest, topics=renamed, finished=finished and manifest.finished)
    return orjson.dumps(manifest_json(told)).decode()


def _unknown(survey: Survey, topics: Iterable[Wanted]) -> Manifest:
    """Stands for a manifest that is not there: nobody says what the file leaves out."""
    parts = tuple(TopicPart(topic.topic, None, {}, ()) for topic in topics)
    lost = f"{survey.path.name} was imported without a manifest, which would say what is left out"
    return Manifest(str(survey.path), f"file:{survey.sha256}", {}, parts, (lost,), finished=True)


def _parts(survey: Survey) -> dict[str, TopicPart]:
    return {t.topic: t for t in survey.manifest.topics} if survey.manifest else {}


def _groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    group: list[Record] = []
    size = 0
    for record in records:
        group.append(record)
        size += record.size_bytes
        if len(group) >= _STORE_RECORDS or size >= _STORE_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group
