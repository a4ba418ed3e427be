"""The packages under examples/ do what their first line says, found by their entry points."""

import gzip
import json
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from readers.decoders.chain import decode
from readers.decoders.payload import Payload
from readers.errors import SourceRefused, UsageError
from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.record import Position, TopicPartition
from replay.story_search import StorySearch
from replay.stream_guess import guess_streams
from tests.fakes import record_of
from tests.installed_examples import fresh_decoders, install

__all__ = ["fresh_decoders"]


@pytest.mark.usefixtures("fresh_decoders")
class TestGzipDecoder:
    @pytest.fixture(autouse=True)
    def installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        install("gzip-decoder", tmp_path, monkeypatch)

    def test_what_was_compressed_is_decoded_in_its_own_format(self) -> None:
        assert decode(record_of(value=gzip.compress(b'{"a":1}'))) == Payload({"a": 1}, "gzip+json")
        assert decode(record_of(value=gzip.compress(b"text"))) == Payload("text", "gzip+text")

    def test_other_values_are_left_to_others(self) -> None:
        assert decode(record_of(value=b'{"a":1}')) == Payload({"a": 1}, "json")
        assert decode(record_of(value=None)) == Payload(None, "null")

    def test_a_bomb_and_a_cut_off_value_stay_compressed(self) -> None:
        bomb = gzip.compress(bytes(20 * 1024 * 1024))
        for value in (bomb, gzip.compress(b"text")[:-9]):
            payload = decode(record_of(value=value))
            assert (payload.value, payload.encoding) == (value, "gzip")
            assert "cut off, or larger than" in (payload.error or "")


@pytest.mark.usefixtures("fresh_decoders")
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def decode(record): raise KeyError('x')", "the decoder broken failed: KeyError: 'x'"),
        ("decode = None", "the decoder broken failed: TypeError"),
    ],
)
def test_a_decoder_that_raises_costs_the_record_an_error_and_nothing_else(
    code: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_decoder(code, tmp_path, monkeypatch)
    payload = decode(record_of(value=b"text"))
    assert (payload.value, payload.encoding) == ("text", "text")
    assert (payload.error or "").startswith(said)


@pytest.mark.usefixtures("fresh_decoders")
def test_a_decoder_that_does_not_load_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_decoder("raise OSError('gone')", tmp_path, monkeypatch)
    with pytest.raises(UsageError, match=r"decoder broken \(kstory_broken.*\) does not load: gone"):
        decode(record_of(value=b"text"))


def broken_decoder(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"kstory_broken_{abs(hash(code))}"
    (folder / f"{name}.py").write_text(code)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[kstory.decoders]\nbroken = {name}\n")
    monkeypatch.syspath_prepend(str(folder))


class TestKcatSource:
    @pytest.fixture(autouse=True)
    def installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        install("kcat-source", tmp_path, monkeypatch)

    def test_it_is_named_by_its_entry_point(self) -> None:
        assert entry_points(group="kstory.sources", name="kcat")

    def test_what_kcat_wrote_tells_a_story(self, tmp_path: Path) -> None:
        source = open_source(SourceSpec("plugin", str(dump(tmp_path)), plugin="kcat"))
        (topic,) = source.topics()
        assert (topic.name, topic.offsets_count, topic.last_write_ms) == ("order-events", 2, 2_000)
        (stream,) = guess_streams([topic.name])
        search = StorySearch(source, stream, "order-1")
        assert list(search.steps())[-1].searched == 2
        events = search.story().events
        assert [event.event.type for event in events] == ["OrderCreated", "OrderPaid"]
        assert events[0].event.record.headers == (("eventType", b"OrderCreated"), ("none", None))
        place = TopicPartition("order-events", 3)
        assert source.offsets_at(1_500, [place]) == {place: 8}
        follow = source.follow([Position("order-events", 3, 8)])
        assert [record.offset for record in next(follow).records] == [8]
        source.close()

    def test_a_file_that_kcat_did_not_write_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "other.jsonl"
        file.write_text('{"topic": "a"}\n')
        with pytest.raises(SourceRefused, match=r"other\.jsonl:1: is no record"):
            open_source(SourceSpec("plugin", str(file), plugin="kcat"))


def dump(folder: Path) -> Path:
    lines = [
        {
            "topic": "order-events", "partition": 3, "offset": offset, "tstype": "create",
            "ts": ts, "broker": 1, "key": "order-1", "payload": "{}",
            "headers": ["eventType", kind, "none", None],
        }
        for offset, ts, kind in [(7, 1_000, "OrderCreated"), (8, 2_000, "OrderPaid")]
    ]  # fmt: skip
    file = folder / "dump.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file
