"""What other packages add to kstory: their entry points, by group.

Most people have no plug-in, and loading `importlib.metadata` to learn it took 27 of the 150 ms of a
command's start. So the files it would read are looked through first; where any of them could name
the group, or an entry point could lie anywhere else, it is asked.
"""

import os
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


def plugins(group: str, name: str | None = None) -> tuple["EntryPoint", ...]:
    """The entry points of this group, and of this name where one is given; none is loaded."""
    if not _may_be_named(group):
        return ()
    from importlib.metadata import entry_points

    found = entry_points(group=group)
    return tuple(found if name is None else found.select(name=name))


def _may_be_named(group: str) -> bool:
    """Whether a package on the import path may name the group; true where that is not certain."""
    finders = [each for each in sys.meta_path if hasattr(each, "find_distributions")]
    if finders != [PathFinder]:
        return True
    return any(_may_name(folder, group.encode()) for folder in dict.fromkeys(sys.path))


def _may_name(folder: str, group: bytes) -> bool:
    if folder.lower().endswith(".egg") or os.path.isfile(folder):  # as a zip of packages is
        return True
    try:
        names = os.listdir(folder or ".")
    except OSError:  # nothing is imported from there either
        return False
    infos = [name for name in names if name.lower().endswith((".dist-info", ".egg-info"))]
    return any(group in _read(os.path.join(folder, info, "entry_points.txt")) for info in infos)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:  # most packages have no such file
        return b""
