"""A plan comes back from its file as it was, or not at all."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readers.errors import UsageError
from readers.record import Position
from replay.deadletters.republish.plan import Guarantee, Impact, LeftOut, Mended, Plan
from replay.deadletters.republish.plan_file import plan_document, read_plan, write_plan
from replay.deadletters.republish.plan_json import plan_from_json, plan_json
from tests.fakes import START_MS
from tests.replay.deadletters.republish.planned import World

HOUR_MS = 3_600_000


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = World(tmp_path).plan()
    impact = Impact("order-1", "order", {"a": [1.5, None]}, None, True, ("x",), ("x",), "no")
    mended = Mended(None, b"", (("bin", b"\xff\x00"), ("n", None), ("n", b"")))
    first = replace(made.letters[0], key=b"\xff", impact=impact, mended=mended, origin=None)
    return replace(
        made,
        letters=(first, *made.letters[1:]),
        left_out=(LeftOut(Position("a:b", 1, 2), "why"),),
        warnings=("w",),
        ramp=(1, 5),
        guarantee=Guarantee.SCAN,
    )


def test_a_plan_comes_back_as_it_was(plan: Plan, tmp_path: Path) -> None:
    path = write_plan(plan, tmp_path / "some.json")
    assert read_plan(path, now_ms=START_MS) == plan
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_plan_is_found_by_its_id_and_by_how_that_begins(plan: Plan) -> None:
    write_plan(plan)
    assert read_plan(plan.id, now_ms=START_MS) == plan
    assert read_plan(plan.id[:8], now_ms=START_MS) == plan


def test_a_beginning_of_several_is_refused(plan: Plan) -> None:
    write_plan(plan)
    write_plan(replace(plan, id=f"{plan.id[:-1]}3"))
    with pytest.raises(UsageError, match="2 plans begin with"):
        read_plan(plan.id[:8], now_ms=START_MS)


@pytest.mark.parametrize("said", ["01a2", "no/such.json", "../x", "*"])
def test_a_plan_that_is_not_there_is_refused(plan: Plan, said: str) -> None:
    with pytest.raises(UsageError, match="There is no plan"):
        read_plan(said, now_ms=START_MS)


def test_a_changed_plan_is_refused(plan: Plan, tmp_path: Path) -> None:
    path = write_plan(plan, tmp_path / "p.json")
    path.write_text(path.read_text().replace("order-events", "other-events"))
    with pytest.raises(UsageError, match="was changed after it was made"):
        read_plan(path, now_ms=START_MS)


def test_a_plan_laid_out_otherwise_is_the_same_plan(plan: Plan, tmp_path: Path) -> None:
    import json

    path = tmp_path / "p.json"
    path.write_text(json.dumps(plan_document(plan), sort_keys=True))
    assert read_plan(path, now_ms=START_MS) == plan


def test_a_plan_of_a_day_ago_is_refused(plan: Plan, tmp_path: Path) -> None:
    path = write_plan(plan, tmp_path / "p.json")
    assert read_plan(path, now_ms=START_MS + 24 * HOUR_MS) == plan
    with pytest.raises(UsageError, match="made 25 hours ago"):
        read_plan(path, now_ms=START_MS + 25 * HOUR_MS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is not JSON"),
        (b"[]", "no plan of kstory's"),
        (b"{}", "no plan of kstory's"),
        (b'{"kstory_plan":99}', "written by a newer kstory"),
        (b'{"kstory_plan":1,"plan":{}}', "was changed"),
        (b"\xff\x00", "it is not JSON"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_plan(path, now_ms=START_MS)


def test_a_plan_that_cannot_be_kept_says_that_nothing_was_sent(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot be kept at .* Nothing was sent"):
        write_plan(plan, tmp_path / "file" / "p.json")


def test_a_full_disk_leaves_no_half_plan(plan: Plan) -> None:
    with pytest.raises(UsageError, match="Nothing was sent"):
        write_plan(plan, Path("/dev/full/p.json"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.none() | st.binary(max_size=9),
    names=st.lists(st.text(st.characters(codec="utf-8"), max_size=5), max_size=3),
)
def test_any_bytes_come_back(plan: Plan, key: bytes | None, names: list[str]) -> None:
    mended = Mended(key, key, tuple((name, key) for name in names))
    letter = replace(plan.letters[0], key=key, mended=mended, kept=tuple(names))
    made = replace(plan, letters=(letter,))
    assert plan_from_json(plan_json(made)) == made  # type: ignore[arg-type]
