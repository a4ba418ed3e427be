"""Taking records out into a file."""

from collections.abc import Iterator

from readers.scanning import found_in
from readers.source import Source
from replay.transfer.files import RecordWriter
from replay.transfer.manifest import Account, manifest_of
from replay.transfer.picks import Selection
from replay.transfer.recorder import RecordStep, said_of


class Export:
    """One run of `export`; its writer is closed by whoever made it."""

    def __init__(self, source: Source, selection: Selection) -> None:
        self._source = source
        self._selection = selection
        self._account = Account(manifest_of(source.name, source.cluster_id, selection))
        self.finished = False

    def steps(self, writer: RecordWriter) -> Iterator[RecordStep]:
        """Write what is there into the writer, and say how far it is."""
        selection = self._selection
        total = selection.offsets_count
        spans = [span for span in selection.spans if span.width]
        for batch in found_in(self._source, selection.picks.wanted, spans):
            wanted = selection.picks.kept(batch.records)
            writer.write(wanted)
            self._account.read(batch)
            self._account.moved(wanted)
            reached = (self._account.reached(s.topic_partition) - s.start for s in spans)
            yield RecordStep(sum(reached), total, self._account.records, said_of(batch))
        self.finished = True

    @property
    def account(self) -> Account:
        """What was taken by now, and what was not."""
        return self._account
