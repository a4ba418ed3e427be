"""The headers that a republished record carries: which plan sent it, and which letter it was."""

from dataclasses import dataclass

from readers.errors import UsageError
from readers.record import Header, Position, Record

PREFIX = "kstory-replay-"
ID = PREFIX + "id"
SEQ = PREFIX + "seq"
OF = PREFIX + "of"
ORIGIN = PREFIX + "origin"
ATTEMPT = PREFIX + "attempt"
AT = PREFIX + "at"
EDITED = PREFIX + "edited"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a republished record comes from.

    Attributes:
        plan_id, seq: the plan that sent it, and its number in it, from 0.
        of: the dead letter's position.
        origin: where that failed first; None where its framework does not tell.
        attempt: how often this record has been republished, from 1.
        at_ms: when it was sent, since the epoch.
        edited: `sha256 before -> sha256 after` of a mended one; None where it is as it was.
    """

    plan_id: str
    seq: int
    of: Position
    origin: Position | None
    attempt: int
    at_ms: int
    edited: str | None = None

    def headers(self) -> tuple[Header, ...]:
        """As headers, all of them text."""
        told = {
            ID: self.plan_id,
            SEQ: str(self.seq),
            OF: str(self.of),
            ORIGIN: None if self.origin is None else str(self.origin),
            ATTEMPT: str(self.attempt),
            AT: str(self.at_ms),
            EDITED: self.edited,
        }
        return tuple((name, text.encode()) for name, text in told.items() if text is not None)


def provenance_of(record: Record) -> Provenance | None:
    """What a record's headers say; None where kstory did not send it, or they cannot be read.

    Frameworks copy headers through to the next dead letter, so a letter that has them came back.
    """
    if OF not in [name for name, _ in record.headers]:
        return None
    told = {name: value for name, value in record.headers if name.startswith(PREFIX)}
    try:
        texts = {name: (value or b"").decode() for name, value in told.items()}
        origin = texts.get(ORIGIN)
        return Provenance(
            plan_id=texts.get(ID, ""),
            seq=int(texts.get(SEQ, "0")),
            of=Position.parse(texts[OF]),
            origin=None if origin is None else Position.parse(origin),
            attempt=int(texts.get(ATTEMPT, "1")),
            at_ms=int(texts.get(AT, "0")),
            edited=texts.get(EDITED),
        )
    except (ValueError, UsageError):
        return None
