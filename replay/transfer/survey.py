"""A file of records read through before anything is written: what is in it, and whether whole."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from readers.errors import UsageError
from readers.record import Record, TopicPartition
from replay.transfer.files import Format, file_sha256, read_manifest, read_records
from replay.transfer.manifest import Manifest
from replay.transfer.repeats import Ascending, refuse_repeats
from replay.transfer.targets import Wanted, unwritable

_EXAMPLES = 3
_PARTITIONS_MAX = 100_000
"""Of a topic; Kafka copes with fewer. A topic gets as many as its highest number asks for."""
_KEEP_FOREVER = {"retention.ms": "-1"}


@dataclass(slots=True)
class Survey:
    """What a file holds.

    Attributes:
        manifest: the one beside it; None where there is none.
        counts: records by partition.
        refused: how many a cluster's client cannot write as they are; `examples`: some of them.
        newest_ms: the largest timestamp; None where there is none.
    """

    path: Path
    form: Format
    sha256: str
    manifest: Manifest | None
    counts: dict[TopicPartition, int] = field(default_factory=dict)
    refused: int = 0
    examples: list[str] = field(default_factory=list)
    newest_ms: int | None = None

    @property
    def records(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    def wanted(self, *, for_cluster: bool, now_ms: int) -> tuple[Wanted, ...]:
        """The topics that targets are needed for, with as many partitions as the manifest says.

        A topic that is made in a cluster keeps its records for ever, whatever their times: old
        ones would be removed at once.
        """
        known = {t.topic: t for t in (self.manifest.topics if self.manifest else ())}
        config = self._cluster_config(now_ms) if for_cluster else {}
        wanted = []
        for name in sorted({place.topic for place in self.counts} | known.keys()):
            part = known.get(name)
            seen = max((p.partition + 1 for p in self.counts if p.topic == name), default=0)
            count = max(seen, len(part.ranges) if part else 0)
            if count:
                settings = config | dict(part.config if part else {})
                wanted.append(Wanted(name, count, part is not None, settings))
        return tuple(wanted)

    def _cluster_config(self, now_ms: int) -> dict[str, str]:
        config = dict(_KEEP_FOREVER)
        if self.newest_ms is not None and self.newest_ms > now_ms:
            config["message.timestamp.after.max.ms"] = str(2**63 - 1)
        return config

    def take(self, record: Record) -> None:
        """Count a record."""
        place = TopicPartition(record.topic, record.partition)
        self.counts[place] = self.counts.get(place, 0) + 1
        if record.timestamp_ms is not None:
            self.newest_ms = max(self.newest_ms or record.timestamp_ms, record.timestamp_ms)
        why = unwritable(record)
        if why is not None:
            self.refused += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(f"{record.position} {why}")


def survey(path: Path, form: Format) -> Iterator[Survey]:
    """Read the file through; gives the survey a few times, at last when it is complete.

    Raises:
        UsageError: the file cannot be read, was changed since its manifest was written, or holds
            something that is no record, or two records at one position.
    """
    sha256 = file_sha256(path)
    found = Survey(path, form, sha256, read_manifest(path, sha256))
    ascending = Ascending()
    for number, record in enumerate(read_records(path, form)):
        _refuse_implausible(record, number + 1, path)
        found.take(record)
        ascending.take(record)
        if number % 5_000 == 0:
            yield found
    if not ascending.holds:
        for _ in refuse_repeats(path, form):
            yield found
    yield found


def _refuse_implausible(record: Record, number: int, path: Path) -> None:
    if record.partition >= _PARTITIONS_MAX:
        raise UsageError(
            f"Record {number:,} of {path} lies in partition {record.partition}, and no topic has "
            f"more than {_PARTITIONS_MAX:,}. Nothing was written; mend it."
        )
