"""Where records go: which topic becomes which, and whether it is as it must be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from readers.errors import SourceRefused, UsageError
from readers.record import Record, TopicPartition
from readers.source import NewTopic, Sink, Source


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic that records come from.

    Attributes:
        partitions: how many its target needs; `exactly` that many, or at least.
        config: what a target that has to be made gets.
    """

    topic: str
    partitions: int
    exactly: bool
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """A topic that records go to; `new` is what it is made as, None where it exists."""

    topic: str
    origins: tuple[str, ...]
    partitions: int
    new: NewTopic | None


def parse_mapping(texts: Sequence[str], known: Iterable[str]) -> dict[str, str]:
    """`A=B` for each topic that gets another name.

    Raises:
        UsageError: it is written otherwise, or no records of A are moved.
    """
    names = sorted(known)
    mapping: dict[str, str] = {}
    for text in texts:
        origin, equals, target = text.partition("=")
        if not (origin and equals and target):
            raise UsageError(f"--map {text!r}: write SOURCE-TOPIC=TARGET-TOPIC.")
        if origin not in names:
            raise UsageError(
                f"--map {text!r}: no records of {origin} are moved; they are of {', '.join(names)}."
            )
        mapping[origin] = target
    return mapping


def choose_targets(
    into: Source | None, wanted: Sequence[Wanted], mapping: Mapping[str, str]
) -> tuple[Target, ...]:
    """The targets, each as it is or as it will be made; `into` None is a recording to be made.

    Raises:
        SourceRefused: one exists with another number of partitions, or may not be read.
        UsageError: topics with different numbers of partitions go into one.
    """
    names = {mapping.get(each.topic, each.topic) for each in wanted}
    existing = {} if into is None else {topic.name: topic for topic in into.topics(names)}
    targets = []
    for name in sorted(names):
        origins = [each for each in wanted if mapping.get(each.topic, each.topic) == name]
        needed = _needed(name, origins)
        found = existing.get(name)
        if found is None:
            new = NewTopic(name, needed.partitions, needed.config)
            targets.append(Target(name, _names(origins), needed.partitions, new))
            continue
        if found.error is not None:
            raise SourceRefused(f"The target {name} cannot be used: {found.error}")
        count = len(found.partitions)
        if count < needed.partitions or (needed.exactly and count != needed.partitions):
            raise SourceRefused(
                f"The target {name} has {count} partitions, and {_names(origins)[0]} has "
                f"{needed.partitions}; choose another topic with --map."
            )
        targets.append(Target(name, _names(origins), count, None))
    return tuple(targets)


def make_topics(sink: Sink, targets: Sequence[Target]) -> None:
    """Make the targets that do not exist."""
    sink.create_topics([target.new for target in targets if target.new is not None])


def progress_place(targets: Sequence[Target]) -> TopicPartition:
    """The partition that a cluster keeps the progress for; the same for the same targets."""
    return TopicPartition(targets[0].topic, 0)


def refuse_loop(records_of: Iterable[str], mapping: Mapping[str, str], where: str) -> None:
    """See that no topic that is read is written to.

    Raises:
        UsageError: one is.
    """
    read = set(records_of)
    for topic in sorted(read):
        target = mapping.get(topic, topic)
        if target in read:
            raise UsageError(
                f"{topic} would go into {target} of {where}, which is read at the same time; "
                f"name another topic with --map {topic}=OTHER."
            )


def unwritable(record: Record) -> str | None:
    """Why a cluster's client cannot write a record as it is; a clause, None where it can."""
    if record.timestamp_ms in (0, -1):
        return f"has the timestamp {record.timestamp_ms}, which the client takes for the present"
    for name, _ in record.headers:
        if "\0" in name or not _is_text(name):
            return "has a header name that is not UTF-8"
    return None


def _needed(name: str, origins: Sequence[Wanted]) -> Wanted:
    first = max(origins, key=lambda each: each.partitions)
    for each in origins:
        if first.exactly and each.exactly and each.partitions != first.partitions:
            raise UsageError(
                f"{first.topic} has {first.partitions} partitions and {each.topic} "
                f"{each.partitions}, so they cannot both go into {name}."
            )
    return first


def _names(origins: Sequence[Wanted]) -> tuple[str, ...]:
    return tuple(each.topic for each in origins)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
