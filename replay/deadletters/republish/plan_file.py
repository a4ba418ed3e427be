"""A plan kept in a file: found again by its id, and refused once it was changed."""

import hashlib
import os
import re
from pathlib import Path

import orjson
import platformdirs

from readers.decoders.payload import Json
from readers.errors import UsageError
from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.plan_json import Damaged, plan_from_json, plan_json

VERSION = 1
_ID = re.compile(r"[0-9a-f-]{4,36}")
_VERSION_KEY = "kstory_plan"


def plans_folder() -> Path:
    """Where plans are kept when nobody says where."""
    return platformdirs.user_data_path("kstory") / "plans"


def plan_path(plan_id: str) -> Path:
    """The file of a plan of this id."""
    return plans_folder() / f"{plan_id}.json"


def plan_document(plan: Plan) -> dict[str, Json]:
    """A plan with the hash that holds it to its content, as its file has it."""
    data = plan_json(plan)
    return {_VERSION_KEY: VERSION, "sha256": _digest(data), "plan": data}


def plan_sha256(plan: Plan) -> str:
    """The hash that holds a plan to its content."""
    return _digest(plan_json(plan))


def write_plan(plan: Plan, path: Path | None = None) -> Path:
    """Keep a plan where only the user may read it; gives the path.

    Raises:
        UsageError: it cannot be written.
    """
    target = path or plan_path(plan.id)
    content = orjson.dumps(plan_document(plan), option=orjson.OPT_APPEND_NEWLINE)
    try:
        _replace(target, content)
    except OSError as error:
        raise UsageError(
            f"The plan cannot be kept at {target}: {error.strerror}. Nothing was sent; "
            "free some space, or keep it at another place."
        ) from error
    return target


def read_plan(said: str | Path) -> Plan:
    """The plan in this file, or of this id or beginning of one; however old it is.

    Raises:
        UsageError: there is none, several begin so, or it may not be applied: it was changed, or
            was made by a newer kstory.
    """
    return _checked(_find(str(said)))


def _find(said: str) -> Path:
    path = Path(said).expanduser()
    if path.is_file():
        return path
    said = said.removesuffix(".json")
    if not _ID.fullmatch(said):
        place = said or "that name"
        raise UsageError(f"There is no plan at {place}; name its file, its id, or how that begins.")
    found = sorted(plans_folder().glob(f"{said}*.json"))
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{len(found)} plans begin with {said}; type more of the id.")
    raise UsageError(f"There is no plan {said} in {plans_folder()}; make one, or name its file.")


def _checked(path: Path) -> Plan:
    document = _read(path)
    version = document.get(_VERSION_KEY)
    if isinstance(version, int) and version > VERSION:
        raise UsageError(f"{path} was written by a newer kstory; apply it with that one.")
    data = document.get("plan")
    if version != VERSION or not isinstance(data, dict):
        raise UsageError(f"{path} is no plan of kstory's.")
    if document.get("sha256") != _digest(data):
        raise UsageError(
            f"{path} was changed after it was made, so it is not applied. Make a new plan; "
            "what a letter says is changed with `kstory dlq edit`."
        )
    try:
        return plan_from_json(data)  # type: ignore[arg-type]  # the hash says that we wrote it
    except Damaged as error:
        raise UsageError(f"{path} is no plan that can be read: {error}.") from error


def _read(path: Path) -> dict[str, Json]:
    try:
        document = orjson.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{path} is no plan: it is not JSON.") from error
    if not isinstance(document, dict):
        raise UsageError(f"{path} is no plan of kstory's.")
    return document


def _digest(data: Json) -> str:
    return hashlib.sha256(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
