"""How one event changes who set what: kept, set anew, or carried along where a value moved."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, cast

import orjson

from readers.decoders.payload import Json
from replay.states.alignment import aligned, same_ends
from replay.states.pointers import child, is_branch, same


@dataclass(frozen=True, slots=True)
class Moved:
    """A value that event `n` carried here unchanged; `pointer` is where it was before."""

    n: int
    pointer: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The event that last set a leaf; 0 where it is from before the first.

    Attributes:
        moved: how it came to its place since, or None.
    """

    n: int
    moved: Moved | None = None


Node: TypeAlias = "Origin | dict[str, Node] | list[Node]"
"""Origins in the shape of a state; never changed once made, so that they can be shared."""


def first_blame(state: Json) -> Node:
    """Of a state that no event has changed yet."""
    return _set(state, Origin(0))


def next_blame(before: Json, node: Node, after: Json, n: int) -> Node:
    """What event `n` makes of it."""
    step = _Step(n)
    root: list[Node] = [node]
    step.compare(before, node, after, "", partial(root.__setitem__, 0))
    step.settle()
    return root[0]


def leaves(node: Node, pointer: str = "") -> Iterator[tuple[str, Origin]]:
    """Each leaf's pointer and origin, in the state's order."""
    if isinstance(node, Origin):
        yield pointer, node
        return
    for name, below in node.items() if isinstance(node, dict) else enumerate(node):
        yield from leaves(below, child(pointer, name))


_Put = Callable[[Node], None]


@dataclass(frozen=True, slots=True)
class _Gone:
    """A value that is no longer at its place."""

    pointer: str
    value: Json
    node: Node


@dataclass(frozen=True, slots=True)
class _Came:
    """A value at a place that had none."""

    value: Json
    node: Node
    put: _Put


class _Step:
    """One event: first who stays and who does not, then which of those only moved."""

    def __init__(self, n: int) -> None:
        self._origin = Origin(n)
        self._gone: list[_Gone] = []
        self._came: list[_Came] = []

    def compare(self, old: Json, node: Node, new: Json, pointer: str, put: _Put) -> None:
        """Put the blame of a place that was there before."""
        if same(old, new):
            put(node)
        elif isinstance(old, dict) and isinstance(new, dict) and old and new:
            self._members(old, cast(dict[str, Node], node), new, pointer, put)
        elif isinstance(old, list) and isinstance(new, list) and old and new:
            self._items(old, cast(list[Node], node), new, pointer, put)
        else:
            self._replaced(old, node, new, pointer, put)

    def settle(self) -> None:
        """Let what only moved keep who set it."""
        if not self._gone or not self._came:
            return
        gone = [part for gone in self._gone for part in _parts(gone)]
        came = [part for came in self._came for part in _came_parts(came)]
        was, now = (
            Counter(_key(part.value) for part in parts if _is_telling(part.value))
            for parts in (gone, came)
        )
        keyed = ((_key(part.value), part) for part in gone)
        sources = {key: part for key, part in keyed if was[key] == now[key] == 1}
        for each in self._came:
            self._settle(each, sources)

    def _settle(self, came: _Came, sources: dict[bytes, _Gone]) -> None:
        source = sources.get(_key(came.value)) if _is_telling(came.value) else None
        if source is not None:
            came.put(_carried(source.node, source.pointer, self._origin.n))
            return
        for part in _below(came):
            self._settle(part, sources)

    def _members(
        self, old: dict[str, Json], node: dict[str, Node], new: dict[str, Json], at: str, put: _Put
    ) -> None:
        fresh: dict[str, Node] = {}
        put(fresh)
        for name, value in new.items():
            if name not in old:
                self._appear(value, partial(fresh.__setitem__, name))
            elif same(old[name], value):
                fresh[name] = node[name]
            else:
                place = partial(fresh.__setitem__, name)
                self.compare(old[name], node[name], value, child(at, name), place)
        for name in old.keys() - new.keys():
            self._gone.append(_Gone(child(at, name), old[name], node[name]))

    def _items(
        self, old: list[Json], node: list[Node], new: list[Json], at: str, put: _Put
    ) -> None:
        head, tail = same_ends(old, new)
        end, end_now = len(old) - tail, len(new) - tail
        fresh = [*node[:head], *[self._origin] * (end_now - head), *node[end:]]
        put(fresh)
        for was, now in aligned(old[head:end], new[head:end_now]):
            before = None if was is None else head + was
            if now is None:
                assert before is not None
                self._gone.append(_Gone(child(at, before), old[before], node[before]))
                continue
            place = partial(fresh.__setitem__, head + now)
            if before is None:
                self._appear(new[head + now], place)
            else:
                self.compare(old[before], node[before], new[head + now], child(at, before), place)

    def _replaced(self, old: Json, node: Node, new: Json, pointer: str, put: _Put) -> None:
        """Another value at its place; null is as good as nothing there."""
        if is_branch(old) or new is None:
            self._gone.append(_Gone(pointer, old, node))
        if is_branch(new) or old is None:
            self._appear(new, put)
        else:
            put(self._origin)

    def _appear(self, value: Json, put: _Put) -> None:
        node = _set(value, self._origin)
        put(node)
        self._came.append(_Came(value, node, put))


def _set(value: Json, origin: Origin) -> Node:
    if isinstance(value, dict) and value:
        return {name: _set(member, origin) for name, member in value.items()}
    if isinstance(value, list) and value:
        return [_set(item, origin) for item in value]
    return origin


def _carried(node: Node, pointer: str, n: int) -> Node:
    if isinstance(node, Origin):
        return Origin(node.n, Moved(n, pointer))
    if isinstance(node, dict):
        return {name: _carried(below, child(pointer, name), n) for name, below in node.items()}
    return [_carried(below, child(pointer, index), n) for index, below in enumerate(node)]


def _is_telling(value: Json) -> bool:
    """Whether the value says which one it is: null, a truth value and an empty one do not."""
    return not isinstance(value, bool) and value not in (None, "", [], {})


def _key(value: Json) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _parts(gone: _Gone) -> Iterator[_Gone]:
    """It, and all below it."""
    yield gone
    node, value = gone.node, gone.value
    if isinstance(node, dict) and isinstance(value, dict):
        for name, below in node.items():
            yield from _parts(_Gone(child(gone.pointer, name), value[name], below))
    elif isinstance(node, list) and isinstance(value, list):
        for index, below in enumerate(node):
            yield from _parts(_Gone(child(gone.pointer, index), value[index], below))


def _came_parts(came: _Came) -> Iterator[_Came]:
    yield came
    for part in _below(came):
        yield from _came_parts(part)


def _below(came: _Came) -> Iterator[_Came]:
    node, value = came.node, came.value
    if isinstance(node, dict) and isinstance(value, dict):
        for name, below in node.items():
            yield _Came(value[name], below, partial(node.__setitem__, name))
    elif isinstance(node, list) and isinstance(value, list):
        for index, below in enumerate(node):
            yield _Came(value[index], below, partial(node.__setitem__, index))
