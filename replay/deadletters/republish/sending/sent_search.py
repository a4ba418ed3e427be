"""Finding again what a plan sent: its records carry its id and their number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from readers.errors import SourceRefused
from readers.record import Position, Record, Span, TopicPartition
from readers.search import SearchStep, find_records
from readers.source import Source
from replay.deadletters.provenance import provenance_of
from replay.deadletters.republish.plan import Plan


@dataclass(slots=True)
class Found:
    """What lies in the targets, by the letter's number; of one that lies there twice the first.

    Attributes:
        is_whole: nothing of what had to be searched was deleted before.
    """

    places: dict[int, Position] = field(default_factory=dict)
    is_whole: bool = True


def plan_ends(plan: Plan) -> dict[TopicPartition, int]:
    """Where the partitions that the plan sends to ended when it was made."""
    ends = {target.topic: target.ends for target in plan.targets}
    return {place: ends[place.topic][place.partition] for place in targets_of(plan)}


def targets_of(plan: Plan) -> tuple[TopicPartition, ...]:
    """The partitions that the plan sends to, each once, sorted."""
    return tuple(sorted({letter.target for letter in plan.letters}))


def find_sent(
    source: Source, plan: Plan, starts: Mapping[TopicPartition, int], found: Found
) -> Iterator[SearchStep]:
    """Search the targets from these offsets to their present ends; fills `found` step by step.

    Raises:
        SourceRefused: an open transaction keeps an end of the log from being read.
    """
    spans = [_span(source, place, start) for place, start in starts.items()]
    found.is_whole = all(span.start <= starts[span.topic_partition] for span in spans)

    def is_sent(record: Record) -> bool:
        told = provenance_of(record)
        if told is None or told.plan_id != plan.id:
            return False
        found.places.setdefault(told.seq, record.position)
        return True

    yield from find_records(source, [span for span in spans if span.width], is_sent)


def said_of_search(step: SearchStep) -> str:
    """How far a search for what was sent is."""
    return f"Looked at {step.searched:,} of {step.total:,} records for what was sent before."


def _span(source: Source, place: TopicPartition, start: int) -> Span:
    for topic in source.topics([place.topic]):
        for bounds in topic.partitions:
            if bounds.partition == place.partition:
                if bounds.end_exclusive < bounds.high_watermark:
                    raise SourceRefused(
                        f"A transaction is open in {place}, so what was sent there cannot be "
                        "told yet; try again in a minute. Nothing was sent."
                    )
                return Span(*place, max(start, bounds.start), bounds.end_exclusive)
    raise SourceRefused(f"{place} does not exist any more, so what was sent there is not known.")
