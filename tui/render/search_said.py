"""What is said of a search besides how far it is."""

from collections.abc import Iterable

from readers.source import Notice, NoticeKind


def with_slower(said: str, notices: Iterable[Notice]) -> str:
    """What was said of a search, and once why it is slower than usual."""
    for notice in notices:
        if notice.kind is NoticeKind.SLOWER and notice.text not in said:
            said = f"{said} {notice.text}".lstrip()
    return said
