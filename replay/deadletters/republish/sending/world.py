"""Whether the world is still the one that a plan was made for."""

from collections.abc import Iterator, Sequence

from readers.record import Position, Record
from readers.source import Source, TopicInfo
from replay.deadletters.fetching import fetch
from replay.deadletters.republish.content import content_of
from replay.deadletters.republish.plan import Plan, PlannedLetter, TargetFacts
from replay.deadletters.republish.sending.apply_step import WorldChanged

AGAIN = "Nothing more is sent; make a new plan."


def check_targets(plan: Plan, source: Source) -> tuple[TopicInfo, ...]:
    """See that the source and its targets are those of the plan; gives these as they are now.

    Raises:
        WorldChanged: they are not.
    """
    if source.cluster_id != plan.cluster_id:
        raise WorldChanged(
            f"The plan {plan.id} was made for {plan.source_name}, and {source.name} is another "
            "cluster. Nothing was sent; name the right source."
        )
    topics = source.topics([each.topic for each in plan.targets])
    found = {topic.name: topic for topic in topics}
    for target in plan.targets:
        _check_target(target, found.get(target.topic))
    return topics


def _check_target(target: TargetFacts, found: TopicInfo | None) -> None:
    if found is None:
        raise WorldChanged(f"The target {target.topic} is gone. {AGAIN}")
    if found.error is not None:
        raise WorldChanged(f"The target {target.topic} cannot be read: {found.error} {AGAIN}")
    if found.topic_id != target.topic_id:
        raise WorldChanged(f"The target {target.topic} was deleted and made again. {AGAIN}")
    if len(found.partitions) != len(target.ends):
        raise WorldChanged(
            f"The target {target.topic} has {len(found.partitions)} partitions now and had "
            f"{len(target.ends)} when the plan was made. {AGAIN}"
        )


def place_of_content(letter: PlannedLetter) -> Position:
    """Where the bytes lie that are sent: at the letter, or at its origin."""
    return letter.origin if letter.from_origin and letter.origin is not None else letter.letter


def is_as_planned(letter: PlannedLetter, record: Record) -> bool:
    """Whether what would be sent of the record is what the plan says."""
    content = content_of(record, letter.key, letter.stripped, letter.mended)
    return content.sha256 == letter.sha256


def check_letters(letters: Sequence[PlannedLetter], source: Source) -> Iterator[int]:
    """See that the letters are there, unchanged; yields how many were seen.

    Raises:
        WorldChanged: one is gone, or another.
    """
    open_letters = {place_of_content(letter): letter for letter in letters}
    total = len(open_letters)
    for records in fetch(source, tuple(open_letters)):
        for record in records:
            letter = open_letters.pop(record.position)
            if not is_as_planned(letter, record):
                raise WorldChanged(
                    f"What lies at {record.position} is not what the plan saw there. {AGAIN}"
                )
        yield total - len(open_letters)
    if open_letters:
        first = min(open_letters)
        more = f" and {len(open_letters) - 1:,} more" if len(open_letters) > 1 else ""
        raise WorldChanged(f"{first}{more} cannot be read any more. {AGAIN}")
