"""Which records a scan is to find: what can be said of them by their bytes alone."""

from dataclasses import dataclass

from readers.record import Record


@dataclass(frozen=True, slots=True)
class Wanted:
    """Records that meet all of it; without any of it, all records.

    Attributes:
        keys: the key is exactly one of these; None lets every key through.
        texts: each of these bytes is somewhere in the key, the value, or a header's name or value.
        escaped: a text may be spelt otherwise, as JSON does with a backslash: a record with a
            backslash is let through, so what is found has to be looked at again.
        only_keys: no record is told, only which keys there are.
    """

    keys: frozenset[bytes | None] | None = None
    texts: tuple[bytes, ...] = ()
    escaped: bool = False
    only_keys: bool = False

    def holds(self, record: Record) -> bool:
        """Whether the record meets it."""
        if self.keys is not None and record.key not in self.keys:
            return False
        return not self.texts or all(self._is_in(record, text) for text in self.texts)

    def _is_in(self, record: Record, text: bytes) -> bool:
        if self._fits(record.value, text) or self._fits(record.key, text):
            return True
        for name, value in record.headers:
            if self._fits(value, text) or self._fits(name.encode("utf-8", "surrogateescape"), text):
                return True
        return not text

    def _fits(self, part: bytes | None, text: bytes) -> bool:
        return part is not None and (text in part or (self.escaped and b"\\" in part))


EVERYTHING = Wanted()
ONLY_KEYS = Wanted(only_keys=True)
