"""The sentence an event says, where its reducer does not say it."""

import re

from replay.deadletters.reading import read_letter
from replay.event import Event
from replay.summary import short, summary

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def narrate(event: Event) -> str:
    """One plain sentence, made of the event's type and what its payload holds."""
    if event.is_letter:
        return _letter(event)
    if event.error is not None:
        return f"Cannot be decoded: {event.error}"
    name = sentence_case(event.type) if event.type else "Event"
    match event.payload.value:
        case None if event.record.value is None:
            return "Deleted (tombstone)" if event.type is None else f"{name} (no value)"
        case dict() as fields:
            others = {field: value for field, value in fields.items() if value != event.type}
            told = summary(others, leave_out=event.aggregate)
            return f"{name}: {told}" if told else name
        case bytes() as raw:
            return f"{name}: {len(raw):,} bytes"
        case value:
            return f"{name}: {short(str(value))}"


def _letter(event: Event) -> str:
    failure = read_letter(event.record).last.failure
    thrown = failure.cause or failure.exception
    why = f": {thrown.rpartition('.')[2]}" if thrown else ""
    return f"→ dead letter in {event.record.topic}{why}"


def sentence_case(name: str) -> str:
    """`OrderPaid`, `order_paid` or `com.shop.OrderPaid` → `Order paid`."""
    words = _WORDS.findall(name.rpartition(".")[2])
    if not words:
        return name
    lower = [word if word.isupper() and len(word) > 1 else word.lower() for word in words]
    text = " ".join(lower)
    return text[:1].upper() + text[1:]
