"""Asking a program of a state's JSON, as `git bisect run` asks one of a commit."""

import os
import shlex
import subprocess
from collections.abc import Callable

from readers.errors import UsageError
from replay.fold import given_of
from replay.states.halving import Verdict
from replay.story import Story
from tui.output import note

_SKIP = 125
_LAST_ANSWER = 127
_MOST_IN_ENVIRONMENT = 100_000
"""Bytes of an event; Linux takes 128 KiB a variable, MAX_ARG_STRLEN of execve(2)."""


def program(story: Story, command: str) -> Callable[[int, bytes], Verdict]:
    """Asks this program; what it prints on stderr is shown.

    Raises:
        UsageError: it is no command; when asked: it cannot be run, or it gives no answer.
    """
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--run {command!r} is no command: {error}.") from error
    if not arguments:
        raise UsageError("--run names no command.")

    def judge(n: int, state: bytes) -> Verdict:
        try:
            done = subprocess.run(
                arguments,
                input=state + b"\n",
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, **_environment(story, n)},
                check=False,
            )
        except OSError as error:
            raise UsageError(f"--run {arguments[0]} cannot be run: {error.strerror}.") from error
        for line in done.stderr.decode(errors="backslashreplace").splitlines():
            note(line)
        return _verdict(done.returncode, n)

    return judge


def _verdict(code: int, n: int) -> Verdict:
    if not 0 <= code <= _LAST_ANSWER:
        ended = f"by signal {-code}" if code < 0 else f"with {code}"
        raise UsageError(
            f"The command ended {ended} on the state after #{n}, which is no answer; 0 is good, "
            f"{_SKIP} cannot say, and any other up to {_LAST_ANSWER} is bad."
        )
    if code == _SKIP:
        return Verdict.SKIP
    return Verdict.BAD if code else Verdict.GOOD


def _environment(story: Story, n: int) -> dict[str, str]:
    """What it may want to know besides the state; the event is as a reducer is given it."""
    told = {"KSTORY_AGGREGATE": story.aggregate, "KSTORY_N": str(n), "KSTORY_EVENT": ""}
    if n:
        event = given_of(story.fold.events[n - 1]).line or b""
        if len(event) <= _MOST_IN_ENVIRONMENT:
            told["KSTORY_EVENT"] = event.decode()
    return told
