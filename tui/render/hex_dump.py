"""Bytes as lines of hexadecimal and text, made only for the lines that are shown."""

BYTES_PER_LINE = 16


def line_count(raw: bytes) -> int:
    """How many lines there are."""
    return -(-len(raw) // BYTES_PER_LINE)


def lines(raw: bytes, first: int, count: int) -> list[str]:
    """The lines from number `first` (0, 1, ...): `00000010  7b 22 …  {"orderId"…`."""
    last = min(first + count, line_count(raw))
    return [_line(raw, number * BYTES_PER_LINE) for number in range(max(0, first), last)]


def _line(raw: bytes, at: int) -> str:
    part = raw[at : at + BYTES_PER_LINE]
    left, right = part[:8].hex(" "), part[8:].hex(" ")
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in part)
    return f"{at:08x}  {left:<23}  {right:<23}  {text}"
