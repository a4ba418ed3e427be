"""What all tests share."""

import os
import signal
from collections.abc import Iterator

import hypothesis
import pytest

from tests.broker.broker import Broker
from tests.broker.jars import missing_tools

# A busy machine makes an example slow, not wrong.
hypothesis.settings.register_profile("kstory", deadline=None)
hypothesis.settings.load_profile("kstory")

# A shell starts what runs in the background deaf to Ctrl-C, and so would be what tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before `-m` selects by mark
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that gets a broker from a fixture."""
    for item in items:
        if {"broker", "own_broker"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("broker")


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A real broker, started once for the run; tests use topics of their own on it."""
    yield from started_broker()


@pytest.fixture
def own_broker() -> Iterator[Broker]:
    """A real broker for one test, which may stop it, kill it or make it hang."""
    yield from started_broker()


def started_broker(properties: str = "") -> Iterator[Broker]:
    """A broker with these properties too, or a skip that says what is missing; in CI a failure."""
    missing = missing_tools()
    if missing:
        reason = f"a real broker needs {' and '.join(missing)}, which this machine lacks"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with Broker(properties) as started:
        yield started
