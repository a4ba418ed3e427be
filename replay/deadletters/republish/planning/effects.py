"""What the letters of a plan do to their aggregates, for all of them or for a stated sample."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from readers.errors import UsageError
from readers.record import Position, Record
from readers.search import SearchStep
from readers.source import Source
from replay.deadletters.fetching import fetch
from replay.deadletters.republish.content import content_of
from replay.deadletters.republish.plan import Impact
from replay.deadletters.republish.planning.drafting import Draft
from replay.deadletters.republish.planning.impact import (
    SCAN_LIMIT,
    ReducerOf,
    Sending,
    Stories,
    impacts,
)
from replay.deadletters.republish.sending.world import place_of_content
from replay.reducers.stepping import Runner
from replay.state_condition import StateCondition
from replay.stream_guess import stream_of_topic
from replay.streams import Stream

_CHUNK = 200


class Effects:
    """Impacts by the drafts' numbers.

    Attributes:
        impacts: of those for which it was worked out.
        fulfilled: drafts whose aggregate's present state fulfils the condition.
        warnings: what was not worked out, and why.
    """

    def __init__(
        self,
        source: Source,
        streams: Sequence[Stream],
        drafts: Sequence[Draft],
        reducer_of: ReducerOf,
    ) -> None:
        self._source = source
        self._streams = streams
        self._drafts = drafts
        self._reducer_of = reducer_of
        self.impacts: dict[int, Impact] = {}
        self.fulfilled: set[int] = set()
        self.warnings: list[str] = []

    def steps(self, limit: int, when: StateCondition | None) -> Iterator[SearchStep]:
        """Work it out for the first `limit` drafts; with a condition for all of them."""
        total = len(self._drafts)
        last = total if when is not None else min(limit, total)
        for first in range(0, last, _CHUNK):
            numbers = range(first, min(last, first + _CHUNK))
            records: dict[Position, Record] = {}
            places = [place_of_content(self._drafts[number].planned) for number in numbers]
            for found in fetch(self._source, places):
                records |= {record.position: record for record in found}
                yield SearchStep((), first, last)
            for stream, of_stream in _by_stream(self._sendings(numbers, records)):
                yield from self._tell(stream, of_stream, when)
        if last < total:
            self.warnings.append(
                f"what it does to the aggregates was worked out for {last:,} of {total:,} letters"
            )

    def _sendings(self, numbers: range, records: Mapping[Position, Record]) -> list[Sending]:
        sendings = []
        for number in numbers:
            planned = self._drafts[number].planned
            record = records.get(place_of_content(planned))
            if record is None:
                continue
            content = content_of(record, planned.key, set(planned.stripped), planned.mended)
            sent = record._replace(
                topic=planned.target.topic,
                partition=planned.target.partition,
                key=content.key,
                value=content.value,
                headers=content.headers,
            )
            stream = stream_of_topic(self._streams, planned.target.topic)
            event = replace(stream.event(sent), is_letter=False)
            is_mended = planned.mended is not None
            sendings.append(Sending(number, stream, event, planned.origin, is_mended))
        return sendings

    def _tell(
        self, stream: Stream, sendings: Sequence[Sending], when: StateCondition | None
    ) -> Iterator[SearchStep]:
        by_aggregate: dict[str, list[Sending]] = defaultdict(list)
        for sending in sendings:
            if sending.event.aggregate is not None:
                by_aggregate[sending.event.aggregate].append(sending)
        stories = Stories(self._source, stream, by_aggregate)
        if stories.offsets_count > SCAN_LIMIT and when is None:
            self._warn(
                f"what it does to the aggregates of {stream.name} was not worked out: all "
                f"{stories.offsets_count:,} offsets of its topics would have to be read"
            )
            return
        reducer = self._reducer(stream)
        yield from stories.steps()
        for aggregate, of_aggregate in by_aggregate.items():
            told = impacts(stories.story(aggregate, reducer), of_aggregate)
            self.impacts |= told
            now = told[of_aggregate[0].number].before
            if when is not None and when.matches(now, aggregate):
                self.fulfilled |= set(told)

    def _reducer(self, stream: Stream) -> Runner | None:
        try:
            return self._reducer_of(stream)
        except UsageError as error:
            self._warn(f"the reducer of {stream.name} was not used: {error}")
            return None

    def warn_of(self, when: StateCondition) -> None:
        """Tell on how many aggregates' states the condition could not be evaluated.

        Raises:
            UsageError: on all of them, so that it decided nothing.
        """
        if when.failures.failed:
            said = f"the condition {when.text} {when.failures.said('states')}"
            if when.failures.is_useless:
                raise UsageError(f"{said[0].upper()}{said[1:]}.")
            self._warn(said)

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


def _by_stream(sendings: Sequence[Sending]) -> Iterator[tuple[Stream, list[Sending]]]:
    found: dict[str, tuple[Stream, list[Sending]]] = {}
    for sending in sendings:
        found.setdefault(sending.stream.name, (sending.stream, []))[1].append(sending)
    yield from found.values()
