"""`kstory blame`: for every field of an aggregate's state, the event that last set it."""

from typing import Unpack

import click

from readers.errors import NothingThere
from replay.states.blame import Blame, Origin
from replay.states.pointers import parts_of
from tui.commands.asking import Folded, fold_options, nothing, story_of, tell_certainty
from tui.commands.state import find_point
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines
from tui.render.blame_text import blame_document, blame_text
from tui.settings import Settings


@click.command("blame")
@click.argument("key")
@click.argument("pointer", default="")
@click.option("--at", metavar="POSITION|TIME|#N", help="The point; the story's end by default.")
@fold_options
@json_option
@source_options
@pass_settings
@click.pass_context
def blame(
    context: click.Context,
    settings: Settings,
    key: str,
    pointer: str,
    at: str | None,
    **folded: Unpack[Folded],
) -> None:
    """Name the event that last set each field of the state of KEY, or those at POINTER and below.

    POINTER is an RFC 6901 pointer, such as /items/0/sku. The exit code is 1 where KEY has no
    events, or its state nothing there.
    """
    parts_of(pointer)
    story = story_of(settings, key, folded)
    if story is None:
        nothing(context)
        return
    n = find_point(story, at, settings.zone)
    tell_certainty(story, n)
    origins = _below(pointer, Blame(story.fold).at(n))
    if settings.as_json:
        print_json(blame_document(story, origins))
    else:
        print_lines(blame_text(story, story.fold.state(n).value, origins, settings.zone))
    if not origins:
        raise NothingThere(f"The state of {story.aggregate} at #{n} has nothing at {pointer}.")


def _below(pointer: str, origins: dict[str, Origin]) -> dict[str, Origin]:
    """Those of the leaves at the pointer and below it."""
    return {
        leaf: origin
        for leaf, origin in origins.items()
        if leaf == pointer or leaf.startswith(f"{pointer}/")
    }
