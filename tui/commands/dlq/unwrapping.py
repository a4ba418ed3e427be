"""`--unwrap [N]` of the commands on one letter: what hops did to its value is undone."""

import click

from readers.errors import UsageError
from replay.deadletters.unwrap import unwrap

_NAME, _ALL = "--unwrap", "all"
_MOST = 32


class UnwrapsCommand(click.Command):
    """A command with `unwrap_option`: behind that a position is no number of times."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Says `--unwrap=all` where no number follows."""
        behind = [*args[1:], ""]
        said = [
            f"{_NAME}={_ALL}" if arg == _NAME and not after.isdecimal() else arg
            for arg, after in zip(args, behind, strict=True)
        ]
        return super().parse_args(ctx, said)


def _times(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> int | str | None:
    """The number as one; `all` stays."""
    if value is None or value == _ALL:
        return value
    return click.IntRange(1, _MOST).convert(value, parameter, context)  # type: ignore[arg-type]


unwrap_option = click.option(
    _NAME,
    "times",
    callback=_times,
    metavar="[N]",
    help="Undo the base64 that hops wrapped the value in: all of it, or N times.",
)


def unwrapped(value: bytes | None, times: int | str) -> bytes | None:
    """What is inside; None where the value is not wrapped at all.

    Args:
        value: of a letter, as it lies there.
        times: as the option has it.

    Raises:
        UsageError: it was wrapped less often than that.
    """
    wanted = times if isinstance(times, int) else None
    inside, done = unwrap(value or b"", wanted)
    if wanted is not None and done < wanted:
        raise UsageError(f"--unwrap {wanted}: the value was wrapped {done} times.")
    return inside if done else None
