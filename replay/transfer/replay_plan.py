"""A replay as it was fixed when it began: the same command goes on with it, whatever grew since."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import platformdirs

from readers.errors import UsageError
from readers.record import Span
from replay.streams import Stream
from replay.transfer.picks import Selection

VERSION = 1


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What is played into topics.

    Attributes:
        id: of what was asked: the same source, choice, target, mapping and options.
        spans: what is read; their ends are those of when it was first started.
        reading: stands for how records are read as events, by which they are ordered.
        original_timestamps: the records keep their times; else they get the present.
    """

    id: str
    source_id: str
    spans: tuple[Span, ...]
    mapping: Mapping[str, str]
    reading: str
    original_timestamps: bool
    made_at_ms: int

    @property
    def name(self) -> str:
        """Of the write that keeps the progress."""
        return f"replay-{self.id}"


def make_plan(
    source_id: str,
    selection: Selection,
    streams: Sequence[Stream],
    *,
    target: str,
    mapping: Mapping[str, str],
    original_timestamps: bool,
    run: str | None,
    now_ms: int,
) -> ReplayPlan:
    """The plan of what was asked now."""
    said = [
        source_id, selection.asked, target, sorted(mapping.items()), original_timestamps, run,
    ]  # fmt: skip
    topics = {topic.name for topic in selection.topics}
    readings = [repr(stream) for stream in streams if topics & set(stream.all_topics)]
    return ReplayPlan(
        id=_digest(said),
        source_id=source_id,
        spans=selection.spans,
        mapping=mapping,
        reading=_digest(readings),
        original_timestamps=original_timestamps,
        made_at_ms=now_ms,
    )


def plan_path(plan_id: str) -> Path:
    """Where the plan of a replay under way is kept."""
    return platformdirs.user_data_path("kstory") / "replays" / f"{plan_id}.json"


def kept_plan(plan: ReplayPlan, path: Path | None = None) -> ReplayPlan:
    """The plan of the same replay that was started before; else this one, which is kept.

    Raises:
        UsageError: it cannot be kept or read, or records are read as events otherwise now.
    """
    where = path or plan_path(plan.id)
    try:
        data = orjson.loads(where.read_bytes())
        before = _plan_of(plan, data)
    except FileNotFoundError:
        _keep(plan, where)
        return plan
    except OSError as error:
        raise UsageError(f"The replay's plan {where} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"The replay's plan {where} is damaged, so it is not known what was sent; say "
            "--run NAME to play it as another one."
        ) from error
    if before.reading != plan.reading:
        raise UsageError(
            "The configuration of the streams was changed since this replay began, and with it "
            "the order; change it back to go on, or say --run NAME to play it as another one."
        )
    return before


def _plan_of(plan: ReplayPlan, data: Mapping[str, object]) -> ReplayPlan:
    if data["kstory_replay"] != VERSION or data["id"] != plan.id:
        raise ValueError("another version, or another plan")
    spans = data["spans"]
    if not isinstance(spans, list):
        raise TypeError("spans")
    return ReplayPlan(
        id=plan.id,
        source_id=plan.source_id,
        spans=tuple(Span(str(t), int(p), int(start), int(end)) for t, p, start, end in spans),
        mapping=plan.mapping,
        reading=str(data["reading"]),
        original_timestamps=plan.original_timestamps,
        made_at_ms=int(str(data["made_at_ms"])),
    )


def _keep(plan: ReplayPlan, path: Path) -> None:
    document = {
        "kstory_replay": VERSION,
        "id": plan.id,
        "source_id": plan.source_id,
        "spans": [[s.topic, s.partition, s.start, s.end_exclusive] for s in plan.spans],
        "mapping": dict(plan.mapping),
        "reading": plan.reading,
        "made_at_ms": plan.made_at_ms,
    }
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_bytes(orjson.dumps(document))
        fresh.replace(path)
    except OSError as error:
        raise UsageError(
            f"The replay's plan cannot be kept at {path}: {error.strerror}. Nothing was sent."
        ) from error


def _digest(data: object) -> str:
    return hashlib.sha256(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]
