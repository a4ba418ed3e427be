"""A state that is told from a copy of a part is as sure as the part allows, and no surer."""

from pathlib import Path

import pytest

from readers.record import Record
from readers.recording import RecordingSink
from replay.transfer.files import Format
from replay.transfer.importing import import_into_recording
from replay.transfer.survey import survey
from tests.fakes import record_of
from tests.replay.transfer.places import recorded
from tests.tui.invoked import Invoke

TOPIC = "order-events"


def records() -> list[Record]:
    """Four events each of two orders."""
    return [
        record_of(TOPIC, 0, n, key=b"order-%d" % (n % 2), value=b'{"n":%d}' % n) for n in range(8)
    ]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.kstory"
    recorded(path, TOPIC, records(), 1)
    return path


def sureness(invoke: Invoke, path: Path | str) -> tuple[str, str | None]:
    found = invoke("-s", path, "state", "order-1", "--topics", TOPIC, "--json").document
    return found["certainty"], found["why"]


def copied(invoke: Invoke, source: Path | str, how: str, *choice: object) -> str:
    """A recording of what was chosen, recorded, or exported and imported."""
    if how == "record":
        assert invoke("-s", source, "record", "copy.kstory", *choice).code == 0
    else:
        assert invoke("-s", source, "export", "copy.jsonl", *choice).code == 0
        assert invoke("import", "copy.jsonl", "--to", "copy.kstory").code == 0
    return "copy.kstory"


both_ways = pytest.mark.parametrize("how", ["record", "export"])


@both_ways
def test_a_copy_by_a_condition_may_have_holes_anywhere(
    invoke: Invoke, source: Path, how: str
) -> None:
    copy = copied(invoke, source, how, "--where", "value.n != 3")
    why = f"{TOPIC}: only the records that a condition holds of were recorded"
    assert sureness(invoke, copy) == ("unknown", why)


@both_ways
def test_a_copy_of_one_story_is_exact_for_that_one(invoke: Invoke, source: Path, how: str) -> None:
    copy = copied(invoke, source, how, "--key", "order-1")
    assert sureness(invoke, copy) == ("exact", None)


@both_ways
def test_a_copy_that_began_late_does_not_blame_retention(
    invoke: Invoke, source: Path, how: str
) -> None:
    copy = copied(invoke, source, how, "--from", "4")
    why = f"earlier records of {TOPIC} were not recorded (p0)"
    assert sureness(invoke, copy) == ("lower-bound", why)


@both_ways
def test_a_copy_of_a_copy_has_its_holes(invoke: Invoke, source: Path, how: str) -> None:
    invoke("-s", source, "record", "first.kstory", "--where", "value.n != 3")
    copy = copied(invoke, "first.kstory", how)
    assert sureness(invoke, copy)[0] == "unknown"


def test_a_copy_of_everything_is_exact(invoke: Invoke, source: Path) -> None:
    assert sureness(invoke, copied(invoke, source, "export")) == ("exact", None)


def test_a_file_without_a_manifest_does_not_say_what_it_leaves_out(
    invoke: Invoke, source: Path
) -> None:
    Path("copy.jsonl").write_text(invoke("-s", source, "export", "-").out)
    invoke("import", "copy.jsonl", "--to", "copy.kstory")
    certainty, why = sureness(invoke, "copy.kstory")
    assert (certainty, "was imported without a manifest" in str(why)) == ("unknown", True)


def test_what_an_import_is_renamed_to_has_its_account(invoke: Invoke, source: Path) -> None:
    invoke("-s", source, "export", "copy.jsonl", "--where", "value.n != 3")
    invoke("import", "copy.jsonl", "--to", "copy.kstory", "--map", f"{TOPIC}=other")
    found = invoke("-s", "copy.kstory", "state", "order-1", "--topics", "other", "--json")
    assert found.document["certainty"] == "unknown"


def test_an_import_that_was_stopped_is_no_whole_one_until_it_went_on(
    invoke: Invoke, source: Path
) -> None:
    invoke("-s", source, "export", "copy.jsonl")
    *_, found = survey(Path("copy.jsonl"), Format.JSONL)
    wanted = found.wanted(for_cluster=False, now_ms=0)
    sink = RecordingSink("copy.kstory")
    assert next(import_into_recording(found, wanted, sink, {})).sent
    sink.close()
    assert sureness(invoke, "copy.kstory")[0] == "unknown"
    invoke("import", "copy.jsonl", "--to", "copy.kstory", "--apply", "--allow-writes")
    assert sureness(invoke, "copy.kstory")[0] == "exact"
