"""Dialects that are only names: which header tells what, in which codec, and how it is repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Literal, NamedTuple

from readers.record import Header, Record
from replay.deadletters.dialects.causes import root_cause
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.dialects.header_codecs import NUMBERS, Codec, Decoded
from replay.deadletters.letter import Confidence, Failure, Hop, Origin

_MAX_LAYOUTS = 1_000


class Field(Enum):
    """What a header tells; the value is its name in kstory.toml."""

    TOPIC = "topic"
    PARTITION = "partition"
    OFFSET = "offset"
    TIMESTAMP = "timestamp"
    GROUP = "consumer_group"
    EXCEPTION = "exception"
    CAUSE = "cause"
    MESSAGE = "message"
    STACK = "stack"
    ATTEMPTS = "attempts"
    FAILED_AT = "failed_at"

    __hash__ = object.__hash__  # the enum's own is in Python, and half of a letter's reading time


OF_FAILURE = frozenset({Field.EXCEPTION, Field.CAUSE, Field.MESSAGE, Field.STACK})

# Each field's codec gives its type; to ask for it again would take a tenth of the reading time.
Told = dict[Field, Any]
Failures = dict[Field, list[Decoded]]


class Column(NamedTuple):
    """One header's meaning."""

    field: Field
    codec: Codec


class Repeats(Enum):
    """What a framework does with its own headers on a record that has them already."""

    APPENDED = auto()
    """The first is the oldest."""
    PREPENDED = auto()
    """The last is the oldest."""
    REPLACED = auto()
    """Only the latest are there; where they are repeated all the same, the last counts."""


class RecordTime(Enum):
    """Whose timestamp the letter's record carries."""

    FAILURE = auto()
    ORIGIN = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Layout:
    """What the names of a record's headers tell a dialect.

    Attributes:
        confidence: None where they are not its own.
        columns: where each field is; None where one is told twice.
    """

    confidence: Confidence | None
    names: frozenset[str]
    columns: tuple[tuple[int, Field, Codec], ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class HeaderDialect:
    """A framework that tells all it tells in headers.

    Attributes:
        columns: by header name; names of one meaning (of two versions) share a field.
        sure: groups of names; all of one of them together are this framework's and no other's.
        likely: such groups that others might write too.
        others: further names that are its own, and tell nothing.
        prefixes: every name that begins so is its own.
        failures_apart: what tells failures is not repeated as origins are: some versions keep only
            the latest of it.
        key_header: the original's key, where the framework replaces the record's; an empty one is
            null, which such frameworks cannot tell from it.
        lost_without: the letter is a pointer where it has neither key nor `value`, or where it has
            no `key` header.
    """

    name: str
    columns: Mapping[str, Column]
    sure: tuple[frozenset[str], ...] = ()
    likely: tuple[frozenset[str], ...] = ()
    repeats: Repeats = Repeats.APPENDED
    record_time: RecordTime = RecordTime.UNKNOWN
    others: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    failures_apart: bool = False
    key_header: str | None = None
    lost_without: Literal["key", "value"] | None = None
    _layouts: dict[tuple[str, ...], Layout] = field(default_factory=dict, init=False, repr=False)

    def owns(self, header: str) -> bool:
        """Whether a header of this name is the framework's."""
        return (
            header in self.columns
            or header in self.others
            or header == self.key_header
            or header.startswith(self.prefixes)
        )

    @property
    def numbers(self) -> Mapping[str, Codec]:
        """Its headers that are numbers in bytes, and how they are read."""
        return {n: column.codec for n, column in self.columns.items() if column.codec in NUMBERS}

    def read(self, record: Record) -> Reading | None:
        """What the headers say; None where not one group of its names is there."""
        layout = self.layout(record.headers)
        confidence = layout.confidence
        if confidence is None:
            return None
        hops = tuple(map(hop_of, self.segments(record, layout)))
        if self.lost_without is None:
            return Reading(confidence, hops, record.key)
        if self.lost_without == "value":
            is_pointer = record.key is None and record.value is None
            return Reading(confidence, hops, record.key, is_pointer)
        keys = [raw for name, raw in record.headers if name == self.key_header]
        return Reading(confidence, hops, (keys[-1] or None) if keys else None, is_pointer=not keys)

    def layout(self, headers: Sequence[Header]) -> Layout:
        """What the headers' names alone tell; the letters of a topic have few different ones."""
        names = tuple([name for name, _ in headers])
        known = self._layouts.get(names)
        if known is None:
            known = self._new_layout(names)
            if len(self._layouts) < _MAX_LAYOUTS:
                self._layouts[names] = known
        return known

    def _new_layout(self, names: Sequence[str]) -> Layout:
        present = frozenset(names)
        confidence = None
        if any(map(present.issuperset, self.sure)):
            confidence = Confidence.SURE
        elif any(map(present.issuperset, self.likely)):
            confidence = Confidence.LIKELY
        known = [(n, *self.columns[name]) for n, name in enumerate(names) if name in self.columns]
        is_single = len({told for _, told, _ in known}) == len(known)
        return Layout(confidence, present, tuple(known) if is_single else None)

    def segments(self, record: Record, layout: Layout) -> list[Told]:
        """What is told of each hop, oldest first; never empty."""
        told = self.single(record, layout)
        return with_failures(*self.repeated(record)) if told is None else [told]

    def single(self, record: Record, layout: Layout) -> Told | None:
        """What is told, where no field is told twice; nearly all letters are such."""
        if layout.columns is None:
            return None
        headers = record.headers
        told: Told = {
            column: None if (raw := headers[n][1]) is None else codec(raw)
            for n, column, codec in layout.columns
        }
        self._add_record_time([told], record.timestamp_ms)
        return told

    def repeated(self, record: Record) -> tuple[list[Told], Failures]:
        """Repeated headers taken apart, a segment a hop, and the failures that are apart.

        A field that comes once more begins the next hop.
        """
        backwards = self.repeats is Repeats.PREPENDED
        segments: list[Told] = [{}]
        failures: Failures = {}
        for name, raw in reversed(record.headers) if backwards else record.headers:
            column = self.columns.get(name)
            if column is None:
                continue
            value = None if raw is None else column.codec(raw)
            if self.repeats is Repeats.REPLACED:
                segments[0][column.field] = value
            elif self.failures_apart and column.field in OF_FAILURE:
                failures.setdefault(column.field, []).append(value)
            elif column.field in segments[-1]:
                segments.append({column.field: value})
            else:
                segments[-1][column.field] = value
        self._add_record_time(segments, record.timestamp_ms)
        return segments, failures

    def _add_record_time(self, segments: Sequence[Told], timestamp_ms: int | None) -> None:
        if self.record_time is RecordTime.FAILURE:
            segments[-1].setdefault(Field.FAILED_AT, timestamp_ms)
        elif self.record_time is RecordTime.ORIGIN:
            segments[0].setdefault(Field.TIMESTAMP, timestamp_ms)


def with_failures(segments: Sequence[Told], failures: Failures) -> list[Told]:
    """The segments, the newest ones with the failures.

    More failures than origins are further hops after the first: their origins were not written.
    """
    missing = max(map(len, failures.values()), default=0) - len(segments)
    whole = [segments[0], *({} for _ in range(missing)), *segments[1:]]
    for told, values in failures.items():
        for segment, value in zip(reversed(whole), reversed(values), strict=False):
            segment[told] = value
    return whole


def hop_of(told: Told) -> Hop:
    """One hop of what is told."""
    get = told.get
    stack = get(Field.STACK)
    return Hop(
        Origin(get(Field.TOPIC), get(Field.PARTITION), get(Field.OFFSET), get(Field.TIMESTAMP)),
        Failure(
            get(Field.EXCEPTION), get(Field.CAUSE) or root_cause(stack), get(Field.MESSAGE), stack
        ),
        get(Field.GROUP),
        get(Field.ATTEMPTS),
        get(Field.FAILED_AT),
    )
