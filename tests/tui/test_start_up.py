"""What is loaded, opened and made before the first frame, and by a command: nothing dear."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from textual.widgets import DataTable

from readers.config_file import read_config
from readers.errors import ConfigError, SourceRefused
from readers.profiles import SourceSpec
from readers.recording import RecordingSink
from readers.source import NewTopic, Source
from tests.fakes import START_MS, FakeSource, records_of
from tests.tui.driving import until
from tui.app import KstoryApp
from tui.embedded_demo import embedded_demo

ROOT = Path(__file__).parents[2]
SPEC = SourceSpec("kafka", "fake:9092")
DEAR = (
    "aiokafka", "cel", "confluent_kafka", "dateparser", "google.protobuf", "javaproperties",
    "jsonpatch", "pyarrow",
)  # fmt: skip
"""Libraries that take longer to load than what they are for takes, until it is asked for."""
UNSEEN = (
    "importlib.metadata", "replay.demo.dataset", "replay.story", "sqlite3",
    "textual.widgets._data_table", "tomllib", "tui.screens.story.screen",
    "tui.screens.tail.screen",
)  # fmt: skip
"""What no first frame shows anything of."""
CHECK = """
import sys
loaded = set({names}) & set(sys.modules)
assert not loaded, f"loaded: {{sorted(loaded)}}"
"""


def run(code: str, unloaded: Sequence[str], *arguments: str) -> None:
    """Run the code in a fresh interpreter, and see that these modules were not loaded for it."""
    checked = code + CHECK.format(names=tuple(unloaded))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", checked, *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_first_frame_loads_nothing_that_it_does_not_show() -> None:
    code = """
from readers.profiles import SourceSpec
from tui import cli, embedded_demo
from tui.commands import screen
from tui.app import KstoryApp
KstoryApp(lambda: None, spec=SourceSpec("kafka", "fake:9092")).get_default_screen()
"""
    run(code, (*DEAR, *UNSEEN))


@pytest.mark.parametrize("command", ["tail", "topics", "story", "export"])
def test_a_command_loads_no_client_and_no_screen_before_it_needs_one(command: str) -> None:
    code = f"import tui.cli, tui.commands.{command}"
    run(code, (*DEAR, "importlib.metadata", "textual"))


def test_a_tail_of_a_recording_never_loads_what_it_does_not_use(tmp_path: Path) -> None:
    path = tmp_path / "some.kstory"
    with closing(RecordingSink(path)) as sink:
        sink.create_topics([NewTopic("order-events", 3, {})])
        sink.write(records_of(3, topic="order-events"))
    code = """
import sys
from tui.cli import kstory
kstory.main(sys.argv[1:], standalone_mode=False)
"""
    asked = ("-s", str(path), "tail", "order-events", "--no-follow", "--json")
    run(code, (*DEAR, "importlib.metadata", "textual"), *asked)


async def test_the_source_is_opened_behind_the_first_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []

    def opened() -> Source:
        happened.append("opened")
        return FakeSource(records_of(3))

    monkeypatch.setattr(KstoryApp, "post_display_hook", lambda app: happened.append("drawn"))
    app = KstoryApp(opened, spec=SPEC, clock=lambda: START_MS)
    async with app.run_test() as pilot:
        await until(pilot, lambda: any(table.row_count for table in app.screen.query(DataTable)))
    assert happened[0] == "drawn"
    assert "opened" in happened


def test_a_configuration_that_is_wrong_is_refused_before_anything_is_shown(tmp_path: Path) -> None:
    (tmp_path / "kstory.toml").write_text("[dead_letters]\nrules = 7\n")
    with pytest.raises(ConfigError, match="rules"):
        KstoryApp(lambda: FakeSource([]), spec=SPEC, config=read_config(tmp_path))


def test_a_demo_that_is_left_before_it_is_opened_is_never_made() -> None:
    with embedded_demo(allow_writes=False) as demo:
        path = Path(demo.spec.address)
        demo.close()
        with pytest.raises(SourceRefused, match="left"):
            demo.open()
        assert not path.exists()


def test_a_demo_is_made_once_and_goes_on_until_it_is_left() -> None:
    with embedded_demo(allow_writes=False) as demo:
        path = Path(demo.spec.address)
        with closing(demo.open()) as first, closing(demo.open()) as second:
            assert first.topics()
            assert first.cluster_id == second.cluster_id
    assert not path.parent.exists()
