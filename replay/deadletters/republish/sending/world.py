"""Whether the world is still the one that a plan was made for."""

from collections.abc import Iterator, Sequence

from readers.record import Position, Record, Span
from readers.source import Source, TopicInfo
from replay.deadletters.fetching import fetch
from replay.deadletters.provenance import provenance_of
from replay.deadletters.republish.content import content_of
from replay.deadletters.republish.plan import Plan, PlannedLetter, TargetFacts
from replay.deadletters.republish.sending.apply_step import WorldChanged
from replay.deadletters.republish.sending.sent_search import plan_ends

_AGAIN = "Nothing was sent; make a new plan."


def check_targets(plan: Plan, source: Source) -> None:
    """See that the source and its targets are those of the plan.

    Raises:
        WorldChanged: they are not.
    """
    if source.cluster_id != plan.cluster_id:
        raise WorldChanged(
            f"The plan {plan.id} was made for {plan.source_name}, and {source.name} is another "
            "cluster. Nothing was sent; name the right source."
        )
    found = {topic.name: topic for topic in source.topics([each.topic for each in plan.targets])}
    for target in plan.targets:
        _check_target(target, found.get(target.topic))


def _check_target(target: TargetFacts, found: TopicInfo | None) -> None:
    if found is None:
        raise WorldChanged(f"The target {target.topic} is gone. {_AGAIN}")
    if found.error is not None:
        raise WorldChanged(f"The target {target.topic} cannot be read: {found.error} {_AGAIN}")
    if found.topic_id != target.topic_id:
        raise WorldChanged(f"The target {target.topic} was deleted and made again. {_AGAIN}")
    if len(found.partitions) != len(target.ends):
        raise WorldChanged(
            f"The target {target.topic} has {len(found.partitions)} partitions now and had "
            f"{len(target.ends)} when the plan was made. {_AGAIN}"
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
                    f"What lies at {record.position} is not what the plan saw there. {_AGAIN}"
                )
        yield total - len(open_letters)
    if open_letters:
        first = min(open_letters)
        more = f" and {len(open_letters) - 1:,} more" if len(open_letters) > 1 else ""
        raise WorldChanged(f"{first}{more} cannot be read any more. {_AGAIN}")


def check_keys(letters: Sequence[PlannedLetter], plan: Plan, source: Source) -> Iterator[int]:
    """See that no newer record of a planned key came into a target; yields offsets searched.

    What this plan sent itself does not count.

    Raises:
        WorldChanged: one did.
    """
    keys = {(letter.target, letter.key) for letter in letters if letter.key is not None}
    searched = 0
    for batch in source.read(_news(plan, source)):
        for record in batch.records:
            if (record.position.topic_partition, record.key) in keys and not _is_own(record, plan):
                raise WorldChanged(
                    f"A newer record with a planned key came to {record.position} since the plan "
                    f"was made. {_AGAIN} Forced, it is sent in spite of it."
                )
        searched += len(batch.records)
        yield searched


def _news(plan: Plan, source: Source) -> list[Span]:
    starts = plan_ends(plan)
    return [
        Span(*place, max(bounds.start, starts[place]), bounds.end_exclusive)
        for topic in source.topics({place.topic for place in starts})
        for bounds in topic.partitions
        if (place := Span(topic.name, bounds.partition, 0, 0).topic_partition) in starts
        and bounds.end_exclusive > starts[place]
    ]


def _is_own(record: Record, plan: Plan) -> bool:
    told = provenance_of(record)
    return told is not None and told.plan_id == plan.id
