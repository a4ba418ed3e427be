"""Records as JSON lines, to the byte: the JSON form of a record, without decoding its value.

Bytes that are UTF-8 are a string, others `{"base64": …}`, none are null; so are a header's name
and value. The time stands twice: as a number, which counts, and as text for people.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import orjson

from readers.decoders.payload import Json
from readers.record import Header, Record, TimestampType
from replay.event_json import bytes_json, rfc3339
from replay.transfer.errors import BadRecord

LINE_BYTES_MAX = 512 * 1024 * 1024
"""Longer than any record that a broker takes, and less than most memories."""
_LARGEST = 2**63 - 1
_PARTITIONS_MAX = 2**31


def line_of(record: Record) -> bytes:
    """The record as one line."""
    kind = record.timestamp_type
    document = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": rfc3339(record.timestamp_ms),
        "timestamp_ms": record.timestamp_ms,
        "timestamp_type": None if kind is None else kind.value,
        "key": bytes_json(record.key),
        "headers": [[_name_json(name), bytes_json(value)] for name, value in record.headers],
        "value": bytes_json(record.value),
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def record_of_line(line: bytes) -> Record:
    """The record that `line_of` wrote.

    Raises:
        BadRecord: it did not write this.
    """
    try:
        data = orjson.loads(line)
    except ValueError as error:
        raise BadRecord("it is not JSON") from error
    if not isinstance(data, dict):
        raise BadRecord("it is no JSON object")
    try:
        return checked(
            Record(
                data["topic"],
                data["partition"],
                data["offset"],
                data["timestamp_ms"],
                _timestamp_type(data["timestamp_type"]),
                _bytes(data["key"], "key"),
                _bytes(data["value"], "value"),
                _headers(data["headers"]),
            )
        )
    except KeyError as error:
        raise BadRecord(f"it has no {error.args[0]!r}") from error


def checked(record: Record) -> Record:
    """The record, if its numbers are such as Kafka has.

    Raises:
        BadRecord: they are not.
    """
    if not isinstance(record.topic, str) or not record.topic:
        raise BadRecord("its topic is no name")
    if not _is_whole(record.partition) or not 0 <= record.partition < _PARTITIONS_MAX:
        raise BadRecord("its partition is no number from 0 on")
    if not _is_whole(record.offset) or not 0 <= record.offset < _LARGEST:
        raise BadRecord("its offset is no number from 0 on")
    at_ms = record.timestamp_ms
    if at_ms is not None and not (_is_whole(at_ms) and -_LARGEST <= at_ms <= _LARGEST):
        raise BadRecord("its timestamp_ms is no number of 64 bits")
    if (at_ms is None) != (record.timestamp_type is None):
        raise BadRecord("it has a timestamp_ms without a timestamp_type, or the other way round")
    return record


class LineWriter:
    """Writes records into an open file, a line each."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, records: Iterable[Record]) -> None:
        """Write them."""
        self._file.write(b"".join(map(line_of, records)))

    def close(self) -> None:
        """Nothing comes behind the last line."""

    def abandon(self) -> None:
        """Nothing is held."""


def read_lines(file: BinaryIO, name: str) -> Iterator[Record]:
    """The records of a file, one by one; empty lines are passed over.

    Raises:
        UsageError: a line is none of ours; its number is told.
    """
    number = 0
    while line := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        try:
            if len(line) > LINE_BYTES_MAX:
                raise BadRecord(f"it is longer than {LINE_BYTES_MAX >> 20} MiB")
            if line.strip():
                yield record_of_line(line)
        except BadRecord as error:
            raise error.at(f"Line {number:,} of {name}") from error


def _name_json(name: str) -> Json:
    return bytes_json(name.encode("utf-8", "surrogateescape"))


def _bytes(data: Any, what: str) -> bytes | None:
    if data is None:
        return None
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, dict) and list(data) == ["base64"] and isinstance(data["base64"], str):
        try:
            return base64.b64decode(data["base64"], validate=True)
        except binascii.Error as error:
            raise BadRecord(f"the base64 of its {what} is not valid") from error
    raise BadRecord(f"its {what} is neither a text, nor base64, nor null")


def _headers(data: Any) -> tuple[Header, ...]:
    if not isinstance(data, list) or not all(isinstance(x, list) and len(x) == 2 for x in data):
        raise BadRecord("its headers are no list of [name, value]")
    headers = []
    for name, value in data:
        raw = _bytes(name, "header's name")
        if raw is None:
            raise BadRecord("a header has no name")
        headers.append((raw.decode("utf-8", "surrogateescape"), _bytes(value, "header")))
    return tuple(headers)


def _timestamp_type(data: Any) -> TimestampType | None:
    try:
        return None if data is None else TimestampType(data)
    except ValueError as error:
        raise BadRecord("its timestamp_type is neither create nor append") from error


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
