"""From what was said to what is read: makes the source, or the sink, that a spec describes.

Clients are imported here and when they are needed, so that neither a command that needs none nor
the first frame waits for one.
"""

from pathlib import Path
from typing import cast

from readers.errors import SourceRefused, UsageError
from readers.plugins import plugins
from readers.profiles import SOURCES_GROUP, SourceSpec
from readers.source import Sink, Source


def open_source(spec: SourceSpec) -> Source:
    """The source, ready to be asked; nothing is connected before the first question.

    Raises:
        SourceRefused: it is no recording.
        ConfigError: a property is unknown or may not be set.
    """
    match spec.kind:
        case "kafka":
            from readers.kafka import KafkaSource

            return KafkaSource(
                spec.address,
                spec.properties,
                spec.profile,
                max_bytes_per_s=spec.max_bytes_per_s,
                cache_folder=spec.cache_folder,
            )
        case "recording":
            from readers.recording import RecordingSource

            return RecordingSource(Path(spec.address))
        case "plugin":
            return _open_plugin(spec)
        case "demo":
            raise UsageError("The demo has to be written to a file before it can be opened.")


def open_sink(spec: SourceSpec) -> Sink:
    """Where records may be written; the caller has made sure that they may be."""
    match spec.kind:
        case "kafka":
            from readers.kafka_writer import KafkaSink

            return KafkaSink(spec.address, spec.properties)
        case "recording":
            from readers.recording_shared import SharedRecordingSink

            return SharedRecordingSink(Path(spec.address))
        case _:
            raise UsageError(f"{spec.address} cannot be written to.")


def _open_plugin(spec: SourceSpec) -> Source:
    (entry,) = plugins(SOURCES_GROUP, spec.plugin or "")
    try:
        opener = entry.load()
    except (ImportError, AttributeError) as error:
        raise SourceRefused(f"The source plug-in {spec.plugin} does not load: {error}.") from error
    return cast(Source, opener(spec.address))
