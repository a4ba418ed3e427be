"""Records as Parquet, to the byte, in row groups of bounded size; needs pyarrow.

A timestamp is a plain number of milliseconds: not every time that Kafka holds is one that a query
engine's own type can.
"""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from readers.errors import UsageError
from readers.record import Record, TimestampType
from replay.transfer.errors import BadRecord
from replay.transfer.lines import checked

_GROUP_RECORDS = 20_000
_GROUP_BYTES = 16 * 1024 * 1024
_READ_RECORDS = 500
_MISSING = (
    "Parquet needs pyarrow, which is not installed: pip install 'kstory[parquet]', "
    "or use JSON lines (--format jsonl)."
)


class ParquetWriter:
    """Writes records into an open file; one that is not closed cannot be read."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin the file.

        Raises:
            UsageError: pyarrow is not installed.
        """
        self._arrow, parquet = _pyarrow()
        self._schema = _schema(self._arrow)
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._waiting: list[Record] = []
        self._bytes = 0

    def write(self, records: Iterable[Record]) -> None:
        """Write them, a row group at a time."""
        for record in records:
            self._waiting.append(record)
            self._bytes += record.size_bytes
            if len(self._waiting) >= _GROUP_RECORDS or self._bytes >= _GROUP_BYTES:
                self._write_group()

    def close(self) -> None:
        """Write what is left, and the footer."""
        self._write_group()
        self._writer.close()

    def abandon(self) -> None:
        """Write nothing more; pyarrow would, when it is collected, into a file that is closed."""
        self._writer.is_open = False

    def _write_group(self) -> None:
        if self._waiting:
            rows = list(map(_row, self._waiting))
            self._writer.write_table(self._arrow.Table.from_pylist(rows, schema=self._schema))
            self._waiting, self._bytes = [], 0


def read_parquet(file: BinaryIO, name: str) -> Iterator[Record]:
    """The records of a file, one by one.

    Raises:
        UsageError: it is no whole Parquet file, or one of something else.
    """
    arrow, parquet = _pyarrow()
    try:
        opened = parquet.ParquetFile(file)
        _check_columns(opened.schema_arrow, _schema(arrow), name)
        number = 0
        for batch in opened.iter_batches(batch_size=_READ_RECORDS):
            for row in batch.to_pylist():
                number += 1
                yield _record(row, f"Row {number:,} of {name}")
    except (arrow.ArrowException, OSError) as error:
        raise UsageError(
            f"{name} is no whole Parquet file ({_first_line(error)}); export the records again."
        ) from error


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow  # an extra: it is larger than all the rest together
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError(_MISSING) from error
    return pyarrow, pyarrow.parquet


def _schema(arrow: Any) -> Any:
    header = arrow.struct([("name", arrow.binary()), ("value", arrow.binary())])
    return arrow.schema(
        [
            arrow.field("topic", arrow.string(), nullable=False),
            arrow.field("partition", arrow.int32(), nullable=False),
            arrow.field("offset", arrow.int64(), nullable=False),
            arrow.field("timestamp_ms", arrow.int64()),
            arrow.field("timestamp_type", arrow.string()),
            arrow.field("key", arrow.binary()),
            arrow.field("value", arrow.binary()),
            arrow.field("headers", arrow.list_(header), nullable=False),
        ]
    )


def _check_columns(found: Any, expected: Any, name: str) -> None:
    for field in expected:
        index = found.get_field_index(field.name)
        if index < 0 or found.field(index).type != field.type:
            raise UsageError(
                f"{name} is Parquet, but not of records as kstory exports them: its column "
                f"{field.name!r} is missing or is no {field.type}."
            )


def _row(record: Record) -> dict[str, object]:
    kind = record.timestamp_type
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "timestamp_type": None if kind is None else kind.value,
        "key": record.key,
        "value": record.value,
        "headers": [
            {"name": name.encode("utf-8", "surrogateescape"), "value": value}
            for name, value in record.headers
        ],
    }


def _record(row: dict[str, Any], place: str) -> Record:
    try:
        kind = row["timestamp_type"]
        headers = tuple(
            (each["name"].decode("utf-8", "surrogateescape"), each["value"])
            for each in row["headers"]
        )
        return checked(
            Record(
                row["topic"],
                row["partition"],
                row["offset"],
                row["timestamp_ms"],
                None if kind is None else TimestampType(kind),
                row["key"],
                row["value"],
                headers,
            )
        )
    except BadRecord as error:
        raise error.at(place) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise BadRecord("it holds values of impossible kinds").at(place) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else "no reason given"
