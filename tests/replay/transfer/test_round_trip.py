"""record → export → import → record: every awkward record comes back to the byte."""

import uuid
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from readers.opening import open_source
from readers.record import Record
from readers.recording import RecordingSink, RecordingSource
from replay.transfer.exporting import Export
from replay.transfer.files import Format, read_records, record_file, write_manifest
from replay.transfer.importing import import_into_recording
from replay.transfer.recorder import Recorder
from replay.transfer.survey import survey
from tests.awkward import awkward_record, awkward_records
from tests.replay.transfer.places import Place, everything, recorded, whole


def record_into(source: RecordingSource, path: Path, *topics: str) -> list[Record]:
    with closing(RecordingSink(path)) as sink:
        recorder = Recorder(source, sink, whole(source, *topics))
        assert list(recorder.steps(follow=False))
        assert recorder.kept.finished
    with closing(RecordingSource(path)) as found:
        return everything(found)


def export_from(path: Path, file: Path, form: Format, *topics: str) -> None:
    with closing(RecordingSource(path)) as source:
        run = Export(source, whole(source, *topics))
        with record_file(file, form) as writer:
            assert list(run.steps(writer))
        write_manifest(file, run.account.told(finished=True), form)


def import_into(path: Path, file: Path, form: Format) -> None:
    *_, found = survey(file, form)
    with closing(RecordingSink(path)) as sink:
        wanted = found.wanted(for_cluster=False, now_ms=0)
        *_, last = import_into_recording(found, wanted, sink, {})
    assert last.sent == found.records


@pytest.mark.parametrize("form", list(Format))
def test_every_awkward_record_survives_the_whole_way(
    place: Place, form: Format, tmp_path: Path
) -> None:
    topic = f"awkward-{uuid.uuid4().hex[:8]}"
    place.fill(topic, awkward_records(topic))
    before = place.all_of(topic)
    assert len(before) == len(awkward_records(topic))
    with closing(open_source(place.spec)) as source:
        first = record_into(source, tmp_path / "first.kstory", topic)  # type: ignore[arg-type]
    export_from(tmp_path / "first.kstory", tmp_path / "out", form, topic)
    import_into(tmp_path / "second.kstory", tmp_path / "out", form)
    with closing(RecordingSource(tmp_path / "second.kstory")) as source:
        third = record_into(source, tmp_path / "third.kstory", topic)
    assert first == before
    assert third == before


@pytest.mark.parametrize("form", list(Format))
def test_what_no_cluster_takes_survives_too(form: Format, tmp_path: Path) -> None:
    odd = [
        awkward_record(headers=(("\udcff\udcfe", b"\xff"), ("", None))),
        awkward_record(timestamp_ms=-1),
        awkward_record(timestamp_ms=-(2**63) + 1),
        awkward_record(b'{"base64": "aGk="}', key=b'{"base64": "aGk="}'),
    ]
    placed = [r._replace(offset=2**62 + 5 * n) for n, r in enumerate(odd)]
    recorded(tmp_path / "first.kstory", "awkward", placed)
    export_from(tmp_path / "first.kstory", tmp_path / "out", form, "awkward")
    import_into(tmp_path / "second.kstory", tmp_path / "out", form)
    with closing(RecordingSource(tmp_path / "second.kstory")) as source:
        assert everything(source) == placed
        (topic,) = source.topics()
        assert len(topic.partitions) == 2


def test_duckdb_opens_the_parquet(tmp_path: Path) -> None:
    recorded(tmp_path / "a.kstory", "awkward", awkward_records("awkward"))
    export_from(tmp_path / "a.kstory", tmp_path / "a.parquet", Format.PARQUET, "awkward")
    with duckdb.connect() as database:
        rows = database.execute(
            'SELECT partition, "offset", timestamp_ms, value, len(headers) '
            "FROM read_parquet(?) ORDER BY ALL",
            [str(tmp_path / "a.parquet")],
        ).fetchall()
    expected = {
        (r.partition, r.offset, r.timestamp_ms, r.value, len(r.headers))
        for r in awkward_records("awkward")
    }
    assert set(rows) == expected


def test_row_groups_are_bounded(tmp_path: Path) -> None:
    import pyarrow.parquet

    records = [awkward_record()._replace(offset=n) for n in range(45_000)]
    with record_file(tmp_path / "a.parquet", Format.PARQUET) as writer:
        writer.write(records)
    found = pyarrow.parquet.ParquetFile(tmp_path / "a.parquet")
    groups = [found.metadata.row_group(n).num_rows for n in range(found.num_row_groups)]
    assert (sum(groups), max(groups)) == (45_000, 20_000)
    assert list(read_records(tmp_path / "a.parquet", Format.PARQUET)) == records
