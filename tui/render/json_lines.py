"""Records as the JSON lines of `tail --json`, many at once.

A line is the one that `event_document` gives, byte for byte. Records that are alike are made into
lines column by column, without an event and a dictionary for each, which takes a fifth of the time;
those that are not plain go the long way.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import orjson

from readers.decoders.chain import has_foreign_decoders
from readers.decoders.json import SHALLOW_BYTES, may_be_deep
from readers.decoders.payload import Json
from readers.record import Header, Record
from replay.event_json import rfc3339_all
from replay.streams import Stream
from tui.output import json_bytes
from tui.render.line_template import Column, LineTemplate
from tui.render.record_json import event_document, on_one_line
from tui.render.safe_text import escape_json_controls

_CHUNK_RECORDS = 1_000
"""Few enough that memory is used again while it is at hand."""
_TEMPLATES_MAX = 1_000
_PLAIN = bytes(code for code in range(0x20, 0x7F) if code not in b'"\\')
"""What stands in a JSON string as it is."""
_HEX = b"hex:"
"""A text that begins so is told apart from bytes that are none."""


class _Kind(NamedTuple):
    topic: str
    names: tuple[str, ...]
    has_key: bool
    has_value: bool


class _NotAlike(Exception):
    """Not all records are of one kind, or one of them is not plain."""


class JsonLines:
    """Makes lines of records; `stream_of` tells the stream of a topic."""

    def __init__(self, stream_of: Callable[[str], Stream]) -> None:
        self._stream_of = stream_of
        self._templates: dict[_Kind, LineTemplate] = {}
        self._is_own_format = not has_foreign_decoders()

    def chunks(self, records: Sequence[Record]) -> Iterator[bytes]:
        """The records' lines, in their order, some whole lines at a time."""
        for at in range(0, len(records), _CHUNK_RECORDS):
            yield escape_json_controls(self._text(records[at : at + _CHUNK_RECORDS]))

    def _text(self, records: Sequence[Record]) -> bytes:
        if self._is_own_format:
            try:
                return self._alike(records)
            except _NotAlike:
                if len(records) > 1:
                    return b"".join(self._sorted_out(records))
        return b"".join(
            json_bytes(event_document(self._stream_of(record.topic).event(record)))
            for record in records
        )

    def _sorted_out(self, records: Sequence[Record]) -> Iterable[bytes]:
        """Lines of records of several kinds, or, of one, with some that are not plain."""
        places: dict[_Kind, list[int]] = defaultdict(list)
        for place, record in enumerate(records):
            places[_kind(record)].append(place)
        if len(places) == 1:
            return [self._text([record]) for record in records]
        lines = [b""] * len(records)
        for of_kind in places.values():
            made = self._text([records[place] for place in of_kind]).splitlines(keepends=True)
            for place, line in zip(of_kind, made, strict=True):
                lines[place] = line
        return lines

    def _alike(self, records: Sequence[Record]) -> bytes:
        """Lines of plain records of one kind.

        Raises:
            _NotAlike: they are not.
        """
        kind = _kind(records[0])
        topics, partitions, offsets, times, _, keys, values, headers = zip(*records, strict=True)
        _check_all(topics, kind.topic)
        parts = _header_values(headers, kind.names)
        if kind.has_key:
            parts.insert(0, keys)
        else:
            _check_all(keys, None)
        _check_plain(parts)
        at = rfc3339_all(times)
        if at is None:
            raise _NotAlike
        template = self._template(kind)
        if kind.has_value:
            documents, written = _documents(values, keep=template.reads_values)
        else:
            documents, written = _nulls(values)
        return template.text((partitions, offsets), at, parts, written, documents)

    def _template(self, kind: _Kind) -> LineTemplate:
        template = self._templates.get(kind)
        if template is None:
            if len(self._templates) >= _TEMPLATES_MAX:  # someone writes ids into headers' names
                self._templates.clear()
            stream = self._stream_of(kind.topic)
            template = self._templates[kind] = LineTemplate(stream, *kind)
        return template


def _kind(record: Record) -> _Kind:
    names = tuple([name for name, _ in record.headers])
    return _Kind(record.topic, names, record.key is not None, record.value is not None)


def _check_all(column: Sequence[object], expected: object) -> None:
    if column.count(expected) != len(column):
        raise _NotAlike


def _header_values(headers: Sequence[Sequence[Header]], names: Sequence[str]) -> list[Column]:
    """The values of each header, a column each, if all records have headers of these names."""
    _check_all(list(map(len, headers)), len(names))
    parts: list[Column] = []
    for headers_of_name, name in zip(zip(*headers, strict=True), names, strict=True):
        found, values = zip(*headers_of_name, strict=True)
        _check_all(found, name)
        parts.append(values)
    return parts


def _check_plain(parts: Sequence[Column]) -> None:
    try:
        texts = b"".join(chain.from_iterable(parts))
    except TypeError as error:  # there is a null among them
        raise _NotAlike from error
    if texts.translate(None, _PLAIN) or _HEX in texts:
        raise _NotAlike


def _nulls(values: Sequence[object]) -> tuple[Sequence[Json], Column]:
    _check_all(values, None)
    return [None] * len(values), [b"null"] * len(values)


def _documents(values: Column, *, keep: bool) -> tuple[Sequence[Json], Column]:
    """JSON values decoded, if they are to be kept, and as they are written on one line."""
    if None in values:
        raise _NotAlike
    if max(map(len, values)) > SHALLOW_BYTES and any(map(may_be_deep, values)):
        raise _NotAlike
    together = b"".join(values)
    try:
        # One that is let go of at once lies where the next one will.
        documents = deque(map(orjson.loads, values), maxlen=None if keep else 0)
    except ValueError as error:
        raise _NotAlike from error
    if b"\n" in together or b"\r" in together:
        return documents, list(map(on_one_line, values))
    return documents, values
