import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textual.app import App

from readers.errors import SourceRefused, SourceUnreachable
from readers.source import ConnectionState, Source
from tests.fakes import FakeSource
from tests.tui.driving import until
from tui import session as session_module
from tui.messages import JobEnded, JobFailed, JobMessage, ThreadCrashed
from tui.session import UNHANDLED_LIMIT, Job, Session


@dataclass
class Counted(JobMessage):
    number: int


class Listener(App[None]):
    """Notes what the session tells it."""

    def __init__(self, open_source: Callable[[], Source] = FakeSource) -> None:
        super().__init__()
        self.session = Session(open_source, self)
        self.counted: list[tuple[Job, int]] = []
        self.ended: list[Job] = []
        self.failed: list[JobFailed] = []
        self.crashes: list[Exception] = []
        self.gate: asyncio.Event | None = None

    def on_mount(self) -> None:
        self.session.start()

    async def on_unmount(self) -> None:
        self.session.close()
        await asyncio.to_thread(self.session.join)

    async def on_counted(self, message: Counted) -> None:
        if self.gate is not None:
            await self.gate.wait()
        self.counted.append((message.job, message.number))

    def on_job_ended(self, message: JobEnded) -> None:
        self.ended.append(message.job)

    def on_job_failed(self, message: JobFailed) -> None:
        self.failed.append(message)

    def on_thread_crashed(self, message: ThreadCrashed) -> None:
        self.crashes.append(message.error)


def count_to(last: int) -> Callable[[Source], Iterator[JobMessage | None]]:
    def work(source: Source) -> Iterator[JobMessage | None]:
        for number in range(last):
            yield Counted(number)
            yield None

    return work


async def test_a_job_tells_its_messages_in_order_and_then_that_it_ended() -> None:
    app = Listener()
    async with app.run_test() as pilot:
        job = app.session.submit(count_to(5), app)
        await until(pilot, lambda: app.ended == [job])
    assert app.counted == [(job, number) for number in range(5)]


async def test_a_long_job_holds_up_no_other() -> None:
    app = Listener()
    async with app.run_test() as pilot:
        long, short = (app.session.submit(count_to(n), app) for n in (100_000, 3))
        await until(pilot, lambda: short in app.ended)
        assert long not in app.ended
        long.cancel()


async def test_a_follow_goes_on_after_a_foreground_job() -> None:
    app = Listener()
    source = FakeSource()
    follow_forever = threading.Event()

    def following(source: Source) -> Iterator[JobMessage | None]:
        number = 0
        while not follow_forever.is_set():
            yield Counted(number)
            number += 1

    app.session = Session(lambda: source, app)
    async with app.run_test() as pilot:
        follow = app.session.follow(following, app)
        await until(pilot, lambda: len(app.counted) > 2)
        app.session.submit(count_to(2), app)
        await until(pilot, lambda: len(app.ended) == 1)
        told = len(app.counted)
        await until(pilot, lambda: len(app.counted) > told + 2)
        follow_forever.set()
    numbers = [number for job, number in app.counted if job is follow]
    assert numbers == list(range(len(numbers)))


async def test_a_new_follow_takes_the_place_of_the_one_before() -> None:
    app = Listener()
    closed = threading.Event()

    def first(source: Source) -> Iterator[JobMessage | None]:
        try:
            while True:
                yield None
        finally:
            closed.set()

    async with app.run_test() as pilot:
        old = app.session.follow(first, app)
        new = app.session.follow(count_to(1), app)
        await until(pilot, lambda: app.ended == [new])
        assert old.cancelled


async def test_the_thread_waits_while_two_batches_are_unhandled() -> None:
    app = Listener()
    app.gate = asyncio.Event()
    steps: list[int] = []

    def eager(source: Source) -> Iterator[JobMessage | None]:
        for number in range(20):
            steps.append(number)
            yield Counted(number)

    async with app.run_test() as pilot:
        job = app.session.submit(eager, app)
        while job.unhandled < UNHANDLED_LIMIT:  # noqa: ASYNC110 - the thread tells nobody
            await asyncio.sleep(0)
        assert len(steps) <= UNHANDLED_LIMIT
        app.gate.set()
        await until(pilot, lambda: app.ended == [job])
    assert len(app.counted) == 20


async def test_a_cancelled_job_lets_go_and_says_nothing_more() -> None:
    app = Listener()
    let_go = threading.Event()

    def endless(source: Source) -> Iterator[JobMessage | None]:
        try:
            while True:
                yield None
        finally:
            let_go.set()

    async with app.run_test() as pilot:
        job = app.session.submit(endless, app)
        next_one = app.session.submit(count_to(1), app)
        job.cancel()
        await until(pilot, lambda: app.ended == [next_one])
    assert job not in app.ended
    assert not app.failed


async def test_a_refusal_ends_a_job_and_the_next_one_runs() -> None:
    app = Listener()

    def refused(source: Source) -> Iterator[JobMessage | None]:
        raise SourceRefused("not allowed")
        yield

    async with app.run_test() as pilot:
        job = app.session.submit(refused, app)
        after = app.session.submit(count_to(1), app)
        await until(pilot, lambda: app.ended == [after])
    assert [(m.job, str(m.error), m.retrying) for m in app.failed] == [(job, "not allowed", False)]


async def test_a_follow_that_fails_is_called_anew_and_an_outage_is_told_once(monkeypatch) -> None:
    monkeypatch.setattr(session_module, "RETRY_DELAYS_S", (0.0,))
    app = Listener()
    calls: list[int] = []

    def shaky(source: Source) -> Iterator[JobMessage | None]:
        calls.append(1)
        if len(calls) < 4:
            raise SourceUnreachable("no answer")
        yield Counted(7)

    async with app.run_test() as pilot:
        job = app.session.follow(shaky, app)
        await until(pilot, lambda: app.ended == [job])
    assert [m.retrying for m in app.failed] == [True]
    assert app.counted == [(job, 7)]


async def test_a_source_that_cannot_be_opened_is_gone_until_it_can(monkeypatch) -> None:
    monkeypatch.setattr(session_module, "RETRY_DELAYS_S", (0.0,))
    tries: list[int] = []

    def opening() -> Source:
        tries.append(1)
        if len(tries) == 1:
            raise SourceUnreachable("no answer at h:9092")
        return FakeSource()

    app = Listener(opening)
    assert app.session.connection().state is ConnectionState.OPENING
    async with app.run_test() as pilot:
        first = app.session.submit(count_to(1), app)
        await until(pilot, lambda: len(app.failed) == 1)
        assert app.session.connection().state is ConnectionState.GONE
        second = app.session.submit(count_to(1), app)
        await until(pilot, lambda: app.ended == [second])
        assert app.session.connection().state is ConnectionState.LIVE
    assert app.failed[0].job is first


async def test_what_nobody_expected_reaches_the_app() -> None:
    app = Listener()

    def broken(source: Source) -> Iterator[JobMessage | None]:
        raise ZeroDivisionError
        yield

    async with app.run_test() as pilot:
        app.session.submit(broken, app)
        await until(pilot, lambda: bool(app.crashes))
    assert isinstance(app.crashes[0], ZeroDivisionError)


async def test_closing_ends_the_thread_and_lets_go_of_the_source() -> None:
    source = FakeSource()
    app = Listener(lambda: source)
    async with app.run_test() as pilot:
        job = app.session.submit(count_to(1), app)
        await until(pilot, lambda: app.ended == [job])
    assert app.session.join(0)
    assert source.closed


async def test_closing_lets_go_of_a_job_under_way_before_the_source() -> None:
    source = FakeSource()
    let_go: list[bool] = []
    app = Listener(lambda: source)

    def endless(of: Source) -> Iterator[JobMessage | None]:
        try:
            while True:
                yield Counted(0)
        finally:
            let_go.append(source.closed)

    async with app.run_test() as pilot:
        app.session.submit(endless, app)
        await until(pilot, lambda: bool(app.counted))
    assert let_go == [False]


def test_a_session_that_never_started_is_closed_at_once() -> None:
    session = Session(FakeSource, App())
    session.close()
    assert session.join(0)
