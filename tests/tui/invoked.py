"""A command that was run in this process, and what it said."""

import json
from collections.abc import Callable
from typing import NamedTuple


class Result(NamedTuple):
    """Its exit code, and both its streams."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[dict]:
        """The JSON that it printed, a document a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def document(self) -> dict:
        """The one document that it printed."""
        (document,) = self.documents
        return document


Invoke = Callable[..., Result]
