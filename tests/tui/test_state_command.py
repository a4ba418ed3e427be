"""`kstory state` says how sure it is, and finds out reducers that must not be trusted."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.invoked import Invoke


def write(folder: Path, text: str) -> str:
    path = folder / "mine.py"
    path.write_text(text)
    return str(path)


def test_a_state_of_a_whole_story_is_exact(invoke: Invoke) -> None:
    found = invoke("state", "order-4711", "--json").document
    assert (found["certainty"], found["complete"], found["why"]) == ("exact", True, None)
    assert "exact · " in invoke("state", "order-4711").out


def test_a_state_and_its_reducer_have_hashes_for_an_incidents_notes(
    invoke: Invoke, tmp_path: Path
) -> None:
    path = write(tmp_path, "def reduce(state, event): return {'b': 1, 'a': event['type']}\n")
    found = invoke("state", "order-4711", "--reducer", path, "--json").document
    state = hashlib.sha256(b'{"a":"OrderCancelled","b":1}').hexdigest()
    code = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    assert (found["state_sha256"], found["reducer_sha256"]) == (state, code)
    lines = invoke("state", "order-4711", "--reducer", path).out.splitlines()
    assert lines[2] == f"state of sha256 {state[:16]} · by code of sha256 {code[:16]}"


def test_a_states_vector_leads_back_to_it(invoke: Invoke) -> None:
    found = invoke("state", "order-4711", "--at", "#6", "--json").document
    vector = [
        f"{topic}:{partition}@{offset}"
        for topic, partitions in found["vector"].items()
        for partition, offset in partitions.items()
    ]
    assert len(vector) > 1
    lines = invoke("state", "order-4711", "--at", ",".join(vector)).out.splitlines()
    assert lines[0].startswith("order-4711 at #6 of 10")
    assert f"read up to {','.join(vector)}" in lines


def test_a_reducer_that_changes_its_state_is_named_with_the_first_event(
    invoke: Invoke, tmp_path: Path
) -> None:
    path = write(tmp_path, "def reduce(s, e): s = s or []; s.append(e['type']); return s\n")
    done = invoke("state", "order-4711", "--reducer", path, "--check-reducer")
    assert done.code == 1
    assert done.out.startswith(f"✗ {path} at #2 order-events:")
    assert "it changes the state that it is given" in done.out
    asked = ("--reducer", path, "--check-reducer", "--json")
    found = invoke("state", "order-4711", *asked).document
    assert found["reducer"] == path
    assert found["findings"][0]["n"] == 2


@pytest.mark.parametrize("name", ["order", "merge", "last"])
def test_nothing_found_is_said_and_done(invoke: Invoke, name: str) -> None:
    done = invoke("state", "order-4711", "--reducer", name, "--check-reducer")
    assert done.code == 0
    assert done.out.startswith(f"✓ {name}: nothing wrong was found on the ")


def test_a_reducer_that_hangs_costs_its_events_an_error(invoke: Invoke, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "def reduce(s, e):\n while e['type'] == 'OrderCancelled': pass\n return (s or 0) + 1\n",
    )
    done = invoke("state", "order-4711", "--reducer", path)
    assert done.code == 0
    assert "the reducer gave no answer in 250 ms" in done.out


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    path = write(
        tmp_path,
        f"import os\ndef reduce(s, e): open({str(note)!r}, 'a').write(f'{{os.getpid()}} ')\n",
    )
    command = [sys.executable, "-m", "tui", "state", "order-4711", "--reducer", path]
    subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2])
    pids = {int(pid) for pid in note.read_text().split()}
    assert len(pids) == 1
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
