"""One letter's way back, worked out and checked; or why it stays."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from readers.record import Position, Record
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.table import SCHEMA_REGISTRY_RULE
from replay.deadletters.fate import Fate, Outcome, fate_of
from replay.deadletters.ledger import Ledger
from replay.deadletters.letter import DeadLetter
from replay.deadletters.provenance import (
    AT,
    ATTEMPT,
    EDITED,
    ID,
    OF,
    ORIGIN,
    SEQ,
    provenance_of,
)
from replay.deadletters.republish.content import Content, content_of
from replay.deadletters.republish.plan import Mended, PlannedLetter
from replay.deadletters.republish.planning.completing import Whole
from replay.deadletters.republish.planning.targets import Chosen, NotSent, Targets
from replay.deadletters.republish.stripping import (
    has_unwritable_header,
    headers_back,
    is_stale,
)
from replay.deadletters.republish.unsettled import find_unsettled
from replay.deadletters.unwrap import SCHEMA_ID, times_wrapped

ATTEMPTS = 3
"""A letter that was sent so often is left out: it goes in circles."""
OVERHEAD_BYTES = 1_024
"""What our own headers and the batch around a record take, rounded up."""
_ADDED = (ID, SEQ, OF, ORIGIN, ATTEMPT, AT)
_POISON = re.compile(r"deserializ|jsonpars|malformed|schemaparse|invalidformat", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter that may go; `planned.seq` is not yet its number.

    Attributes:
        is_poison: its consumer could not read it, and it was not mended.
        is_wrapped: its value seems to be wrapped in a base64 JSON string.
        is_recoded: its framework may have written the value in another encoding.
        group: the consumer group that failed, where it is told.
    """

    planned: PlannedLetter
    chosen: Chosen
    timestamp_ms: int | None
    is_poison: bool
    is_wrapped: bool
    is_recoded: bool
    group: str | None


class Drafter:
    """Works letters out, one by one."""

    def __init__(
        self,
        targets: Targets,
        ledger: Ledger,
        dialects: Sequence[Dialect],
        *,
        preserve_timestamp: bool,
        force: bool,
    ) -> None:
        self._targets = targets
        self._ledger = ledger
        self._fates: Mapping[Position, Fate] = ledger.fates()
        self._unsettled = find_unsettled(ledger)
        self._dialects = dialects
        self._preserve = preserve_timestamp
        self._force = force
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of earlier plans, a sentence each."""
        return tuple(self._unsettled.warnings)

    def is_seen_to(self, letter: DeadLetter) -> bool:
        """Whether it stays because someone said that it was seen to, or need not be."""
        fate = fate_of(self._fates, letter)
        return not self._force and fate.outcome in (Outcome.RESOLVED, Outcome.IGNORED)

    def draft(self, whole: Whole) -> Draft:
        """A letter's way back.

        Raises:
            NotSent: it stays.
        """
        letter, record = whole.letter, whole.letter.record
        self._check_fate(letter)
        mended = self._ledger.mended(letter.position)
        if mended is None:
            original = self._original(whole)
        else:
            original = None
            self._check_key(whole, mended)
        chosen = self._targets.choose(letter)
        stripped = self._stripped(letter, original)
        key = letter.key if original is None else original.key
        content = content_of(original or record, key, set(stripped), mended)
        self._check_writable(original or record, mended)
        self._check_size(content, chosen)
        origin = letter.origin.position
        planned = PlannedLetter(
            seq=0,
            letter=letter.position,
            origin=origin,
            key=content.key,
            target=chosen.target,
            stripped=stripped,
            kept=self._shared(tuple(name for name, _ in content.headers)),
            added=self._shared(_added(origin, mended)),
            sha256=content.sha256,
            size_bytes=content.size_bytes,
            attempt=self._attempt(letter, content),
            mended=mended,
            content=Content(content.key, content.value, ()).sha256,
            from_origin=original is not None,
            timestamp_ms=self._timestamp(letter),
        )
        return Draft(
            planned,
            chosen,
            letter.origin.timestamp_ms or record.timestamp_ms,
            is_poison=mended is None and _is_poison(letter),
            is_wrapped=original is None and times_wrapped(content.value) > 0,
            is_recoded=mended is None and original is None and _is_recoded(letter),
            group=letter.last.consumer_group,
        )

    def _stripped(self, letter: DeadLetter, original: Record | None) -> tuple[str, ...]:
        """The letter's stale headers, and those of the record that is sent in its stead."""
        sent = () if original is None else original.headers
        own = headers_back(letter, self._dialects).stripped
        return self._shared((*own, *(name for name, _ in sent if is_stale(name))))

    def _shared(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The same names as one object: 100,000 letters have a few sets of headers."""
        return self._names.setdefault(names, names)

    def _check_fate(self, letter: DeadLetter) -> None:
        if self._force:
            return
        plans, origin = self._unsettled.plans, letter.origin.position
        cut_off = plans.get(letter.position) or (origin and plans.get(origin))
        if cut_off:
            raise NotSent(
                f"the plan {cut_off} was cut off while it sent this one: apply that plan again, "
                "which finds out (--force)"
            )
        fate = fate_of(self._fates, letter)
        match fate.outcome:
            case Outcome.REPUBLISHED | Outcome.CAME_BACK:
                raise NotSent(f"it was sent before, by the plan {fate.plan_id} (--force)")
            case Outcome.RESOLVED | Outcome.IGNORED:
                raise NotSent(f"{fate.who} noted it as {fate.outcome.value} (--force)")
            case Outcome.OPEN:
                pass

    def _original(self, whole: Whole) -> Record | None:
        """The record to send instead of the letter's own bytes; None where those are sent."""
        letter, original = whole.letter, whole.original
        if letter.is_pointer and original is None:
            raise NotSent(f"it only points to its original: {whole.why}")
        if letter.is_pointer or letter.key is not None or original is None:
            if whole.why is not None and not self._force:
                raise NotSent(f"it has no key, and may have lost it: {whole.why} (--force)")
            return original
        if original.key is None:
            return None
        if original.value != letter.record.value:
            raise NotSent(f"it lost its key, and {original.position} has another value")
        return original

    def _check_key(self, whole: Whole, mended: Mended) -> None:
        """A letter that lost its key may have been edited without anyone seeing it."""
        if mended.key is not None or whole.letter.key is not None or self._force:
            return
        if whole.original is None and whole.why is not None:
            raise NotSent(f"it has no key, and may have lost it: {whole.why} (--force)")
        if whole.original is not None and whole.original.key is not None:
            place = whole.original.position
            raise NotSent(f"it was edited without its key, which {place} still has (--force)")

    def _check_writable(self, record: Record, mended: Mended | None) -> None:
        if mended is not None:
            record = record._replace(headers=mended.headers)
        if has_unwritable_header(record):
            raise NotSent("the name of a header is no UTF-8 text and could not go back as it was")

    def _check_size(self, content: Content, chosen: Chosen) -> None:
        limit = self._targets.facts(chosen.target.topic).max_message_bytes
        if limit is not None and content.size_bytes + OVERHEAD_BYTES > limit:
            raise NotSent(
                f"its {content.size_bytes:,} bytes are too many for {chosen.target.topic}, which "
                f"takes {limit:,}"
            )

    def _attempt(self, letter: DeadLetter, content: Content) -> int:
        told = provenance_of(letter.record)
        origin = letter.origin.position or (None if told is None else told.origin)
        by_content = Content(content.key, content.value, ()).sha256 if origin is None else None
        noted = self._ledger.times_sent(origin=origin, content=by_content)
        attempt = 1 + max(noted, told.attempt if told else 0)
        if attempt > ATTEMPTS and not self._force:
            raise NotSent(f"it was sent {attempt - 1} times already (--force)")
        return attempt

    def _timestamp(self, letter: DeadLetter) -> int | None:
        if not self._preserve:
            return None
        told = letter.origin.timestamp_ms
        return letter.record.timestamp_ms if told is None else told


def _added(origin: Position | None, mended: Mended | None) -> tuple[str, ...]:
    names = (name for name in _ADDED if name != ORIGIN or origin is not None)
    return (*names, *(() if mended is None else (EDITED,)))


def _is_poison(letter: DeadLetter) -> bool:
    failure = letter.last.failure
    return any(_POISON.search(told) for told in (failure.cause, failure.exception) if told)


def _is_recoded(letter: DeadLetter) -> bool:
    """Schema rules write what they decoded as JSON; a value with a schema's id is as it was."""
    value = letter.record.value
    is_of_rule = letter.framework == SCHEMA_REGISTRY_RULE.name
    return is_of_rule and value is not None and not value.startswith(SCHEMA_ID)
