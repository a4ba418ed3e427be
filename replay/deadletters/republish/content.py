"""The record that a planned letter becomes: its bytes, and the hash that keeps a plan honest."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from readers.record import Header, Record, TimestampType
from replay.deadletters.provenance import PREFIX, Provenance
from replay.deadletters.republish.plan import Mended, Plan, PlannedLetter


@dataclass(frozen=True, slots=True)
class Content:
    """Key, value and headers of what is sent, before it is said where it comes from."""

    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]

    @property
    def sha256(self) -> str:
        """Of all of it, in hex; null, empty and missing bytes give three different ones."""
        digest = hashlib.sha256()
        for part in _parts(self):
            digest.update(b"-" if part is None else b"%d:" % len(part) + part)
        return digest.hexdigest()

    @property
    def size_bytes(self) -> int:
        """The bytes of key, value and headers, without the protocol's own."""
        size = len(self.key or b"") + len(self.value or b"")
        return size + sum(len(name.encode()) + len(value or b"") for name, value in self.headers)


def content_of(
    record: Record, key: bytes | None, stripped: Collection[str], mended: Mended | None
) -> Content:
    """What is sent of a record: all of it but the stripped headers, or what it was mended to.

    A mended one's headers are stripped as well: an edit may have kept what must not be sent.
    """
    source = Mended(key, record.value, record.headers) if mended is None else mended
    kept = tuple(header for header in source.headers if not _is_stripped(header[0], stripped))
    return Content(source.key, source.value, kept)


def sent_record(
    plan: Plan, letter: PlannedLetter, content: Content, before: str | None, now_ms: int
) -> Record:
    """The record to append; `before` is the hash of the letter as it was, of a mended one."""
    origin = Provenance(
        plan_id=plan.id,
        seq=letter.seq,
        of=letter.letter,
        origin=letter.origin,
        attempt=letter.attempt,
        at_ms=now_ms,
        edited=None if before is None else f"{before} -> {content.sha256}",
    )
    at_ms = now_ms if letter.timestamp_ms is None else letter.timestamp_ms
    headers = (*content.headers, *origin.headers())
    return Record(
        *letter.target, 0, at_ms, TimestampType.CREATE, content.key, content.value, headers
    )


def _is_stripped(name: str, stripped: Collection[str]) -> bool:
    return name in stripped or name.startswith(PREFIX)


def _parts(content: Content) -> Iterable[bytes | None]:
    yield content.key
    yield content.value
    for name, value in content.headers:
        yield name.encode("utf-8", "surrogateescape")
        yield value
