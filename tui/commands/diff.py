"""`kstory diff`: what changed in an aggregate's state between two points of its story."""

from typing import Unpack

import click

from replay.states.diff import patch, rows
from tui.commands.asking import Folded, fold_options, nothing, story_of, tell_certainty
from tui.commands.state import find_point
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines
from tui.render.diff_text import diff_text
from tui.settings import Settings


@click.command("diff")
@click.argument("key")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@fold_options
@json_option
@source_options
@pass_settings
@click.pass_context
def diff(
    context: click.Context, settings: Settings, key: str, a: str, b: str, **folded: Unpack[Folded]
) -> None:
    """Show what changed in the state of KEY from the point A to the point B.

    A point is POSITION, TIME or #N; #0 is before the first event. With --json it is an RFC 6902
    patch, an empty one where nothing changed. The exit code is 1 where KEY has no events.
    """
    story = story_of(settings, key, folded)
    if story is None:
        nothing(context)
        return
    points = [find_point(story, text, settings.zone) for text in (a, b)]
    tell_certainty(story, *points)
    before, after = (story.fold.state(n).value for n in points)
    if settings.as_json:
        print_json(patch(before, after))
    else:
        print_lines(diff_text(rows(before, after), f"at #{points[0]}", f"at #{points[1]}"))
