"""Kafka's jars, fetched once from Maven Central and kept in the user's cache folder."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

KAFKA_VERSION = "4.1.0"
_POM = Path(__file__).with_name("pom.xml")


def missing_tools() -> tuple[str, ...]:
    """The programs a broker needs that this machine lacks."""
    needed = ("java",) if _jar_folder().is_dir() else ("java", "mvn")
    return tuple(tool for tool in needed if shutil.which(tool) is None)


def kafka_jars() -> Path:
    """The folder of the jars; the first call fetches them, which takes about ten seconds."""
    folder = _jar_folder()
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as unfinished:
            _fetch(Path(unfinished) / "jars")
            _publish(Path(unfinished) / "jars", folder)
    return folder


def _jar_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "kstory-tests" / f"kafka-{KAFKA_VERSION}"


def _fetch(folder: Path) -> None:
    command = ["mvn", "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={folder}"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"Maven could not fetch Kafka's jars:\n{done.stdout}{done.stderr}")


def _publish(fetched: Path, folder: Path) -> None:
    """Make the folder appear whole or not at all; another run may have been faster."""
    try:
        fetched.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
