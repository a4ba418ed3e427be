"""A value so large that only parts of it may be looked at."""

from typing import NoReturn


class Huge(bytes):
    """Bytes that fail a test where all of them are decoded, searched or copied."""

    def _refused(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("all of a huge value was worked on, and not only what is shown")

    decode = split = splitlines = hex = count = translate = replace = _refused
    strip = lower = find = startswith = partition = _refused
