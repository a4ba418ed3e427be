"""The mend screen's work on the source's thread, and editing in a program of the user's own."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from readers.errors import SourceRefused, UsageError
from readers.record import Position, Record
from readers.source import Source
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.fetching import fetch_all
from replay.deadletters.mending import diff_lines, document_of, mended_from, value_changes, warnings
from tui.messages import JobMessage
from tui.screens.mend_messages import LetterLoaded, MendKept, TextChecked
from tui.screens.permit import Permit
from tui.session import Work
from tui.settings import now_ms

Dialects = Callable[[], Sequence[Dialect]]
"""Those that read letters; only the source's thread may call it."""


def load_letter(position: Position, permit: Permit, dialects: Dialects) -> Work:
    """Work that reads a letter, and what it was mended to before."""

    def work(source: Source) -> Iterator[JobMessage]:
        record = fetch_all(source, [position]).get(position)
        if record is None:
            raise SourceRefused(f"Nothing lies at {position} any more, so it cannot be mended.")
        with closing(permit.open_ledger(source)) as ledger:
            mended = ledger.mended(position)
        known = dialects()
        original = document_of(record, dialects=known)
        document = document_of(record, mended, known)
        yield LetterLoaded(record, original, document, is_mended=mended is not None)

    return work


def check_text(text: str, record: Record, dialects: Dialects) -> Work:
    """Work that finds out what a text comes to."""

    def work(source: Source) -> Iterator[JobMessage]:
        del source
        known = dialects()
        diff = tuple(diff_lines(document_of(record, dialects=known), text))
        try:
            mended = mended_from(text, record, known)
        except UsageError as error:
            yield TextChecked(str(error), (), (), diff)
        else:
            told = tuple(warnings(mended, record, known))
            yield TextChecked("", told, value_changes(record, mended), diff)

    return work


def keep(text: str, record: Record, permit: Permit, dialects: Dialects) -> Work:
    """Work that keeps what a text says as what is sent instead of the letter."""

    def work(source: Source) -> Iterator[JobMessage]:
        mended = mended_from(text, record, dialects())
        with closing(permit.open_ledger(source)) as ledger:
            ledger.mend(record, mended, who=permit.who, at_ms=now_ms())
        yield MendKept(discarded=False)

    return work


def discard(record: Record, permit: Permit) -> Work:
    """Work that takes what was mended back."""

    def work(source: Source) -> Iterator[JobMessage]:
        with closing(permit.open_ledger(source)) as ledger:
            ledger.discard_mend(record.position, who=permit.who, at_ms=now_ms())
        yield MendKept(discarded=True)

    return work


def editor_of(environment: Mapping[str, str] = os.environ) -> str | None:
    """The editor that the user has named; None where there is none."""
    return environment.get("VISUAL") or environment.get("EDITOR") or None


def edited(text: str, editor: str) -> str:
    """What the user made of the text in this program; it has the terminal until it ends.

    Raises:
        UsageError: it cannot be started, or says that it failed.
    """
    with tempfile.TemporaryDirectory(prefix="kstory-mend-") as folder:  # only the user reads it
        path = Path(folder) / "letter.json"
        path.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise UsageError(
                f"The editor {editor!r} did not do it ({error}); set EDITOR to another, or press t "
                "to edit here."
            ) from error
