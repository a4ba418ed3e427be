"""The originals of letters that tell no position, searched for by their values, all in one pass."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from readers.record import Position, Record, Span
from readers.source import Source, TopicInfo
from replay.deadletters.letter import DeadLetter
from replay.deadletters.provenance import provenance_of

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Found:
    """The original record, and how it was found, in a sentence."""

    record: Record
    how: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """Why there is no original to show, in a sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Match:
    """A record with a letter's value, with what kstory sent again of it: one and the same.

    Attributes:
        last: what was written last of it; a letter is of that.
        sent_ms: when kstory sent that; 0 where it is the record itself.
        places: of all of it, and of the origins that it names.
    """

    last: Record
    sent_ms: int
    places: frozenset[Position]

    @classmethod
    def of(cls, record: Record) -> "Match":
        """One that is not known yet."""
        told = provenance_of(record)
        if told is None or told.origin is None:
            return cls(record, 0, frozenset((record.position,)))
        return cls(record, told.at_ms, frozenset((record.position, told.origin)))

    def with_another(self, other: "Match") -> "Match":
        """Both, which are the same."""
        last = max(self, other, key=lambda match: match.sent_ms)
        return replace(last, places=self.places | other.places)


@dataclass(frozen=True, slots=True)
class Matches:
    """Records with a letter's value: how many different ones, and the first few."""

    count: int = 0
    first: tuple[Match, ...] = ()

    def with_one(self, record: Record) -> "Matches":
        """One more, or one more of those."""
        found = Match.of(record)
        for number, match in enumerate(self.first):
            if match.places & found.places:
                both = match.with_another(found)
                return Matches(self.count, (*self.first[:number], both, *self.first[number + 1 :]))
        return Matches(self.count + 1, (*self.first, found)[:_SHOWN])


def search_by_value(
    source: Source, info: TopicInfo, letters: Sequence[DeadLetter], limit: int
) -> dict[Position, Found | NotFound]:
    """The records of a topic with the letters' values, by the letters' positions.

    Args:
        source: of letters and originals.
        info: the topic to search.
        letters: that came from it; each has a value.
        limit: how many offsets are searched, the newest before the latest letter.

    Raises:
        SourceError: the source does not answer.
    """
    spans = _newest(_before(source, letters, info), limit)
    matches = _matches(source, spans, letters)
    looked = _how_far(info, spans)
    return {
        letter.position: _outcome(info, matches.get(letter.position, Matches()), looked)
        for letter in letters
    }


def _matches(
    source: Source, spans: Sequence[Span], letters: Iterable[DeadLetter]
) -> Mapping[Position, Matches]:
    by_value: dict[bytes | None, list[DeadLetter]] = defaultdict(list)
    for letter in letters:
        by_value[letter.sought_value].append(letter)
    matches: dict[Position, Matches] = defaultdict(Matches)
    for batch in source.read(spans):
        for record in batch.records:
            for letter in by_value.get(record.value, ()):
                if _may_be_of(record, letter):
                    matches[letter.position] = matches[letter.position].with_one(record)
    return matches


def _may_be_of(record: Record, letter: DeadLetter) -> bool:
    """Whether key and time speak for it; a letter without a key may have lost it."""
    written_ms = letter.record.timestamp_ms
    is_later = None not in (written_ms, record.timestamp_ms) and (
        (record.timestamp_ms or 0) > (written_ms or 0)
    )
    return not is_later and (letter.key is None or record.key == letter.key)


def _outcome(info: TopicInfo, matches: Matches, looked: str) -> Found | NotFound:
    if matches.count == 1:
        (match,) = matches.first
        which = "the only record with the letter's value"
        if match.sent_ms:
            which = f"{which}, as kstory sent it last"
        return Found(match.last, f"It is {which}; {looked}.")
    if not matches.count:
        return NotFound(f"No record of {info.name} has the letter's value; {looked}.")
    shown = ", ".join(str(match.last.position) for match in matches.first)
    more = " and more" if matches.count > _SHOWN else ""
    return NotFound(
        f"{matches.count} records of {info.name} have the letter's value ({shown}{more}), "
        f"and nothing tells which it was; {looked}."
    )


def _before(source: Source, letters: Iterable[DeadLetter], info: TopicInfo) -> list[Span]:
    """What was in the topic when the latest of the letters was written."""
    spans = [span for span in info.spans if span.width]
    times_ms = [letter.record.timestamp_ms for letter in letters]
    known_ms = [time_ms for time_ms in times_ms if time_ms is not None]
    if not known_ms or len(known_ms) < len(times_ms):
        return spans
    ends = source.offsets_at(max(known_ms) + 1, [span.topic_partition for span in spans])
    ended = (
        replace(span, end_exclusive=min(span.end_exclusive, ends[span.topic_partition]))
        for span in spans
    )
    return [span for span in ended if span.width]


def _newest(spans: Sequence[Span], limit: int) -> list[Span]:
    """The ends of the spans, `limit` offsets together, the same for each."""
    share = max(1, limit // max(1, len(spans)))
    return [replace(span, start=max(span.start, span.end_exclusive - share)) for span in spans]


def _how_far(info: TopicInfo, spans: Sequence[Span]) -> str:
    searched, total = sum(span.width for span in spans), info.offsets_count
    if searched >= total:
        return f"all {total:,} offsets of {info.name} were searched"
    return (
        f"{searched:,} of {total:,} offsets of {info.name} were searched, those before the letter"
    )
