"""A payload in a few words: its first plain fields."""

from readers.decoders.payload import Json

_MAX_FIELDS = 4
_MAX_CHARS = 60


def summary(fields: dict[str, Json], *, leave_out: str | None = None) -> str:
    """The first plain fields: `amount 150.0 · method card`; lists by their length."""
    told = []
    for name, value in fields.items():
        if value is None or (leave_out is not None and value == leave_out):
            continue
        told.append(f"{name} {_field(value)}")
        if len(told) == _MAX_FIELDS:
            break
    return " · ".join(told)


def _field(value: Json) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{len(value)}]"
        case dict():
            return f"{{{len(value)}}}"
        case _:
            return short(str(value))


def short(text: str) -> str:
    """A text no longer than its place in a sentence."""
    return text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 1]}…"
