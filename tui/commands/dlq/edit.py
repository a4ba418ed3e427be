"""`kstory dlq edit`: what is sent instead of a letter's own content; kept, and not yet sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from readers.errors import NothingThere, UsageError
from readers.record import Header, Position
from replay.deadletters.ledger import user_and_host
from replay.deadletters.letter import DeadLetter
from replay.deadletters.mendable import Mendable, find_mendable, keep
from replay.deadletters.mending import (
    checked,
    diff_lines,
    document_of,
    mended_from,
    value_changes,
    warnings,
)
from replay.deadletters.republish.plan import Mended
from replay.locator import bytes_of_text
from tui.commands.dlq.desk import Desk, desk
from tui.commands.dlq.unwrapping import UnwrapsCommand, unwrap_option, unwrapped
from tui.commands.screen import has_terminal
from tui.options import json_option, pass_settings, source_options
from tui.output import note, print_json, print_lines
from tui.render.letter_json import change_document, mended_document
from tui.settings import Settings, now_ms

VALUE_BYTES_MAX = 100_000_000
"""No broker takes a record as large."""


@dataclass(frozen=True, slots=True)
class _Options:
    """What is to be changed without an editor; headers are set after others were removed."""

    value_file: Path | None
    times: int | str | None
    key: str | None
    headers: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Nothing is to be changed so."""
        return self == _Options(None, None, None, (), ())


@click.command("edit", cls=UnwrapsCommand)
@click.argument("position")
@click.option(
    "--value-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="The value is this file's bytes, all of them; - is standard input.",
)
@unwrap_option
@click.option("--key", metavar="KEY", help="Another key; hex:… for one that is no text.")
@click.option("--header", "headers", metavar="NAME=VALUE", multiple=True, help="Set this header.")
@click.option("--remove-header", "removed", metavar="NAME", multiple=True, help="Remove it.")
@click.option("--discard", is_flag=True, help="Forget what was edited: the letter is as it was.")
@click.option("-y", "--yes", is_flag=True, help="Keep it without asking.")
@json_option
@source_options
@pass_settings
def edit(
    settings: Settings,
    position: str,
    value_file: Path | None,
    times: int | str | None,
    key: str | None,
    headers: tuple[str, ...],
    removed: tuple[str, ...],
    discard: bool,
    yes: bool,
) -> None:
    """Edit what is sent instead of the letter at POSITION, in $EDITOR or by options.

    It is kept in the ledger and nothing is sent; `kstory dlq republish` sends it later.
    """
    place = Position.parse(position)
    options = _Options(value_file, times, key, headers, removed)
    _check_options(options, discard=discard)
    with desk(settings) as opened:
        letter = opened.letter_at(place)
        if discard:
            _discard(opened, letter)
            return
        patient = find_mendable(opened.source, letter, opened.ledger, opened.dialects)
        if options.is_empty:
            mended = _in_editor(opened, patient)
        else:
            mended = checked(_changed(patient.now, options), patient.record, opened.dialects)
        if mended == patient.now:
            note("Nothing was changed.")
        elif _is_wanted(opened, patient, mended, yes=yes):
            keep(opened.ledger, patient, mended, who=user_and_host(), at_ms=now_ms())
            note("Kept. Nothing is sent before `kstory dlq republish` sends it.")
        else:
            note("Nothing was kept.")
            return
        if settings.as_json:
            print_json(_document(opened, patient, mended))


def _check_options(options: _Options, *, discard: bool) -> None:
    if discard and not options.is_empty:
        raise UsageError("--discard takes an edit back; say it alone.")
    if options.value_file is not None and options.times is not None:
        raise UsageError("Say --value-file or --unwrap, not both.")
    if options.is_empty and not discard and not has_terminal():
        raise UsageError(
            "There is no terminal to edit on; say --value-file, --unwrap, --key, --header or "
            "--remove-header."
        )


def _in_editor(opened: Desk, patient: Mendable) -> Mended:
    """What the user makes of it; a text that cannot be sent may be edited again."""
    text = document_of(patient.record, patient.now, opened.dialects)
    while True:
        saved = _saved(text)
        if saved is None:
            return patient.now
        try:
            text = _text_of(saved)
            return mended_from(text, patient.record, opened.dialects)
        except UsageError as error:
            note(str(error))
            if not click.confirm("Edit it again?", default=True, err=True):
                raise


def _saved(text: str) -> bytes | None:
    """What the editor leaves; None where nothing was saved. Bytes keep their line ends."""
    try:
        return click.edit(text.encode(), extension=".txt")
    except (OSError, ValueError) as error:  # it took the file away, or is no command at all
        raise UsageError(f"The editor failed: {error}. Set EDITOR to one that works.") from error


def _text_of(saved: bytes) -> str:
    try:
        return saved.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"The edited text is no UTF-8 at its byte {error.start}.") from error


def _changed(content: Mended, options: _Options) -> Mended:
    headers = _without(content.headers, options.removed)
    for said in options.headers:
        name, equals, value = said.partition("=")
        if not name or not equals:
            raise UsageError(f"--header {said!r}: write it as NAME=VALUE.")
        headers = _with(headers, (name, bytes_of_text(value)))
    return Mended(
        key=content.key if options.key is None else bytes_of_text(options.key),
        value=_value(content.value, options),
        headers=tuple(headers),
    )


def _value(value: bytes | None, options: _Options) -> bytes | None:
    if options.value_file is not None:
        return _read(options.value_file)
    if options.times is None:
        return value
    inside = unwrapped(value, options.times)
    if inside is None:
        raise UsageError(
            "--unwrap: the value does not look wrapped; --unwrap 1 takes any base64 JSON string."
        )
    return inside


def _without(headers: Sequence[Header], removed: Sequence[str]) -> list[Header]:
    present = {name for name, _ in headers}
    for name in removed:
        if name not in present:
            known = ", ".join(dict.fromkeys(name for name, _ in headers)) or "none"
            raise UsageError(f"--remove-header {name}: there is no such header; it has {known}.")
    return [header for header in headers if header[0] not in removed]


def _with(headers: Sequence[Header], header: Header) -> list[Header]:
    """The header in the place of the first of its name, or at the end; others of the name go."""
    names = [name for name, _ in headers]
    at = names.index(header[0]) if header[0] in names else len(names)
    others = [other for other in headers[at:] if other[0] != header[0]]
    return [*headers[:at], header, *others]


def _read(file: Path) -> bytes:
    try:
        with click.open_file(str(file), "rb") as opened:
            value = bytes(opened.read(VALUE_BYTES_MAX + 1))
    except OSError as error:
        raise UsageError(f"--value-file {file}: cannot be read: {error.strerror}.") from error
    if len(value) > VALUE_BYTES_MAX:
        raise UsageError(f"--value-file {file}: holds more than {VALUE_BYTES_MAX:,} bytes.")
    return value


def _is_wanted(opened: Desk, patient: Mendable, mended: Mended, *, yes: bool) -> bool:
    """Show what changes; ask where a person sits there who did not say yes already."""
    if not opened.settings.as_json:
        before = document_of(patient.record, patient.own, opened.dialects)
        print_lines(diff_lines(before, document_of(patient.record, mended, opened.dialects)))
    for warning in warnings(mended, patient.own):
        note(f"! {warning}")
    if yes or opened.settings.as_json or not has_terminal():
        return True
    return click.confirm("Keep this? Nothing is sent now.", default=True, err=True)


def _discard(opened: Desk, letter: DeadLetter) -> None:
    place = letter.position
    if opened.ledger.mended(place) is None:
        raise NothingThere(f"The letter {place} was not edited.")
    opened.ledger.discard_mend(place, who=user_and_host(), at_ms=now_ms())
    if opened.settings.as_json:
        print_json({"letter": str(place), "mended": None})
    else:
        print_lines([f"The letter {place} is as it was again."])


def _document(opened: Desk, patient: Mendable, mended: Mended) -> dict[str, object]:
    is_mended = mended != patient.own
    changes = value_changes(patient.record, mended)
    return {
        "letter": str(patient.record.position),
        "mended": mended_document(mended) if is_mended else None,
        "changes": [change_document(change) for change in changes],
        "warnings": warnings(mended, patient.own),
    }
