"""The root cause's class, from a stack trace as Java and .NET print it."""

import re

_CLASS = re.compile(r"[\w.$+`]+")
_JAVA = "\nCaused by: "  # at a line's start: an indented one is the cause of a suppressed exception
_DOTNET = "---> "


def root_cause(stack: str | None) -> str | None:
    """The class that the last `Caused by:` names, or .NET's last `--->`; None without one."""
    if not stack:
        return None
    for mark in (_JAVA, _DOTNET):
        at = stack.rfind(mark)
        if at >= 0:
            match = _CLASS.match(stack, at + len(mark))
            return match[0] if match else None
    return None
