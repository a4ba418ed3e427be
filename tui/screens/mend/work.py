"""The mend screen's work on the source's thread, and editing in a program of the user's own."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from readers.errors import SourceRefused, UsageError
from readers.record import Position
from readers.source import Source
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.fetching import fetch_all
from replay.deadletters.mendable import Mendable, find_mendable
from replay.deadletters.mendable import keep as keep_mended
from replay.deadletters.mending import diff_lines, document_of, mended_from, value_changes, warnings
from replay.deadletters.reading import read_letter
from replay.deadletters.unwrap import unwrap
from tui.messages import JobMessage
from tui.screens.mend.messages import LetterLoaded, MendKept, TextChecked, TextUnwrapped
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
        known = dialects()
        with closing(permit.open_ledger(source)) as ledger:
            letter = find_mendable(source, read_letter(record, known), ledger, known)
        original = document_of(letter.record, letter.own, known)
        document = document_of(letter.record, letter.now, known)
        yield LetterLoaded(letter, original, document)

    return work


def unwrap_text(text: str, letter: Mendable, dialects: Dialects) -> Work:
    """Work that takes out what hops wrapped the value of a text in."""

    def work(source: Source) -> Iterator[JobMessage]:
        del source
        known = dialects()
        mended = mended_from(text, letter.record, known)
        value, times = unwrap(mended.value or b"")
        inside = document_of(letter.record, replace(mended, value=value), known)
        yield TextUnwrapped(inside if times else None)

    return work


def check_text(text: str, letter: Mendable, dialects: Dialects) -> Work:
    """Work that finds out what a text comes to."""

    def work(source: Source) -> Iterator[JobMessage]:
        del source
        known = dialects()
        diff = tuple(diff_lines(document_of(letter.record, letter.own, known), text))
        try:
            mended = mended_from(text, letter.record, known)
        except UsageError as error:
            yield TextChecked(str(error), (), (), diff)
        else:
            told = tuple(warnings(mended, letter.own))
            yield TextChecked("", told, value_changes(letter.record, mended), diff)

    return work


def keep(text: str, letter: Mendable, permit: Permit, dialects: Dialects) -> Work:
    """Work that keeps what a text says as what is sent instead of the letter's own."""

    def work(source: Source) -> Iterator[JobMessage]:
        mended = mended_from(text, letter.record, dialects())
        with closing(permit.open_ledger(source)) as ledger:
            kept = keep_mended(ledger, letter, mended, who=permit.who, at_ms=now_ms())
        yield MendKept(discarded=not kept)

    return work


def discard(position: Position, permit: Permit) -> Work:
    """Work that takes what was mended back."""

    def work(source: Source) -> Iterator[JobMessage]:
        with closing(permit.open_ledger(source)) as ledger:
            ledger.discard_mend(position, who=permit.who, at_ms=now_ms())
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
        path = Path(folder) / "letter.txt"
        path.write_bytes(text.encode())  # bytes: their line ends are kept
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)
            return path.read_bytes().decode()
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise UsageError(
                f"The editor {editor!r} did not do it ({error}); set EDITOR to another, or press t "
                "to edit here."
            ) from error
