"""What is told and kept when kstory itself fails: a sentence, and a report without any data."""

import os
import platform
import traceback
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from tui.render.safe_text import visible

MESSAGE_CHARS = 200
_PACKAGES = ("kstory", "textual", "rich", "confluent-kafka")


class Reported(Exception):
    """What nobody expected in another process, which reported it; its text is the sentence."""


def report_crash(error: BaseException, *, folder: Path | None = None) -> str:
    """Write the report and give the sentence that tells where it is.

    Args:
        error: what nobody expected.
        folder: where reports are kept; None takes the user's state folder.
    """
    what = _what(error)
    try:
        path = _write(_report(error), folder or platformdirs.user_state_path("kstory"))
    except OSError as reason:
        return f"kstory failed ({what}), and no report could be written: {reason.strerror}."
    return f"kstory failed ({what}); please report it with {visible(str(path))}."


def _what(error: BaseException) -> str:
    """The error's type and, where it says something of its own code alone, its text.

    A text may quote a record or a setting, such as a KeyError's key: only our own types' texts,
    which are written for people, are repeated.
    """
    name = type(error).__name__
    if type(error).__module__.split(".")[0] in ("readers", "replay", "tui"):
        return visible(f"{name}: {error}", limit=MESSAGE_CHARS)
    return name


def _report(error: BaseException) -> str:
    lines = [f"time      {datetime.now(UTC).isoformat('T', 'seconds')}"]
    lines += [f"{name:<9} {_version(name)}" for name in _PACKAGES]
    lines += [f"python    {platform.python_version()} on {platform.platform()}", ""]
    for link in _chain(error):
        lines.append(_what(link))
        for frame in traceback.extract_tb(link.__traceback__):
            lines.append(f"  {_short(frame.filename)}:{frame.lineno}:{frame.name}")
    return visible("\n".join(lines), lines=True) + "\n"


def _chain(error: BaseException) -> list[BaseException]:
    """The error, and what it came from, the first cause last."""
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return links


def _short(filename: str) -> str:
    """The file without the folders of this machine's user."""
    parts = Path(filename).parts
    for anchor in ("site-packages", "readers", "replay", "tui"):
        if anchor in parts:
            place = len(parts) - 1 - parts[::-1].index(anchor)
            return "/".join(parts[place + (anchor == "site-packages") :])
    return parts[-1] if parts else filename


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # only for who crashed

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _write(report: str, folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = folder / f"crash-{stamp}-{os.getpid()}.txt"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(report)
    return path
