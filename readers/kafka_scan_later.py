"""What a scan asks its leaders for now, and what becomes of the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from readers.kafka_admin import TopicFacts
from readers.kafka_reading import deleted
from readers.raw_batches.step import Left, Why
from readers.record import Span
from readers.source import Notice


@dataclass(slots=True)
class Later:
    """Which spans are asked for now, and how those are read that no leader answers for.

    Attributes:
        again: to be asked for once more.
        refused: the Kafka client says why.
        not_served: the Kafka client may be let in.
    """

    again: list[Span]
    ready: list[Span] = field(default_factory=list)
    refused: list[Span] = field(default_factory=list)
    not_served: list[Span] = field(default_factory=list)

    def sort_out(
        self, facts: Mapping[str, TopicFacts], spans: Sequence[Span]
    ) -> tuple[Notice, ...]:
        """Sort the spans by what is known of their topics; tells which are gone."""
        gone = set()
        for span in spans:
            topic = facts.get(span.topic)
            if topic is None:
                gone.add(span.topic_partition)
            elif topic.error is not None:
                self.refused.append(span)
            elif span.partition in topic.leaders:
                self.ready.append(span)
            else:
                self.again.append(span)
        return tuple(map(deleted, sorted(gone)))

    def take(self, left: Left) -> None:
        """Keep what was handed back."""
        match left.why:
            case Why.MOVED:
                self.again.append(left.span)
            case Why.NOT_SERVED:
                self.not_served.append(left.span)
            case _:
                self.refused.append(left.span)
