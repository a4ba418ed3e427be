"""Files of records: their formats, written whole or not at all, with a manifest beside each."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Protocol

import orjson

from readers.errors import UsageError
from readers.record import Record
from replay.transfer.lines import LineWriter, read_lines
from replay.transfer.manifest import Manifest, manifest_json
from replay.transfer.manifest_file import Unreadable, manifest_from_json
from replay.transfer.parquet import ParquetWriter, read_parquet


class Format(Enum):
    """How records lie in a file."""

    JSONL = "jsonl"
    PARQUET = "parquet"


_SUFFIXES = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
}


class RecordWriter(Protocol):
    """Takes the records of a file in their order."""

    def write(self, records: Iterable[Record]) -> None:
        """Write them."""
        ...

    def close(self) -> None:
        """Write what makes the file whole."""
        ...

    def abandon(self) -> None:
        """Write nothing more: the file will not be kept."""
        ...


def format_of(path: str, said: str | None) -> Format:
    """The format that was said, or that the file's name says.

    Raises:
        UsageError: neither says it.
    """
    if said is not None:
        return Format(said)
    found = _SUFFIXES.get(Path(path).suffix.lower())
    if found is None and path != "-":
        raise UsageError(
            f"{path} does not say its format by its name; call it .jsonl or .parquet, or say "
            "--format jsonl or --format parquet."
        )
    return found or Format.JSONL


def writer_of(form: Format, file: BinaryIO) -> RecordWriter:
    """A writer of this format into an open file."""
    return LineWriter(file) if form is Format.JSONL else ParquetWriter(file)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file beside it, which takes its name once all is written, and is removed if not.

    Raises:
        UsageError: it cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            manifest_path(path).unlink(missing_ok=True)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}. Nothing is kept of it."
        ) from error


@contextmanager
def record_file(path: Path, form: Format) -> Iterator[RecordWriter]:
    """A writer into a file that is whole or not there.

    Raises:
        UsageError: it cannot be written, or not in this format.
    """
    with whole_file(path) as file:
        writer = writer_of(form, file)
        try:
            yield writer
            writer.close()
        except BaseException:
            writer.abandon()
            raise


def manifest_path(path: Path) -> Path:
    """Where the manifest of a file lies."""
    return path.with_name(f"{path.name}.manifest.json")


def write_manifest(path: Path, manifest: Manifest, form: Format) -> dict[str, object]:
    """Keep the manifest of a whole file beside it, with the file's hash; gives it as JSON data."""
    document = manifest_json(manifest) | {
        "file": path.name,
        "format": form.value,
        "sha256": file_sha256(path),
    }
    with whole_file(manifest_path(path)) as file:
        file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return document


def read_manifest(path: Path, sha256: str) -> Manifest | None:
    """The manifest beside a file; None where there is none.

    Raises:
        UsageError: it is no manifest, or one of other content.
    """
    beside = manifest_path(path)
    remedy = f"remove {beside.name} to take the file as it is"
    try:
        data = orjson.loads(beside.read_bytes())
        manifest = manifest_from_json(data)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{beside} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{beside} is not JSON; {remedy}.") from error
    except Unreadable as error:
        raise UsageError(f"{beside} cannot be used: {error.why}; or {remedy}.") from error
    if data.get("sha256") != sha256:
        raise UsageError(f"{path} was changed since its manifest was written; {remedy}.")
    return manifest


def read_records(path: Path, form: Format) -> Iterator[Record]:
    """The records of a file, one by one.

    Raises:
        UsageError: it cannot be read, or holds something else; what and where is told.
    """
    with opened_file(path) as file:
        reading = read_lines if form is Format.JSONL else read_parquet
        yield from reading(file, str(path))


def file_sha256(path: Path) -> str:
    """The hash of a file's content."""
    with opened_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened_file(path: Path) -> Iterator[BufferedReader]:
    """The file, to read.

    Raises:
        UsageError: it cannot be.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        yield file
