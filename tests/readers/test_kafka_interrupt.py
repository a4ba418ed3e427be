"""Ctrl-C while the Kafka client is at work."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable

import pytest

from readers.kafka_consumer import KafkaConsumer
from readers.kafka_health import Health
from readers.kafka_interrupt import interrupt_held
from readers.record import TopicPartition

NOBODY_THERE = "127.0.0.1:1"
OFTEN = {"reconnect.backoff.ms": "10", "reconnect.backoff.max.ms": "20"}
"""The client tells of each try to connect, so that nearly each call runs a callback."""


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_it_comes_behind_the_block() -> None:
    done = []

    def block() -> None:
        with interrupt_held():
            press_ctrl_c()
            time.sleep(0.01)
            done.append("the block")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["the block"]


def test_it_is_not_lost_behind_an_error() -> None:
    def block() -> None:
        with interrupt_held():
            press_ctrl_c()
            raise SystemError

    with pytest.raises(KeyboardInterrupt):
        block()


def test_a_block_without_it_changes_nothing() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupt_held():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_leaves_the_handler_alone() -> None:
    seen = []

    def work() -> None:
        with interrupt_held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


def interrupted(call: Callable[[], object]) -> BaseException | None:
    """What the call ends with when Ctrl-C is pressed somewhere in it."""
    pressed = threading.Timer(0.01 + 0.2 * random.random(), press_ctrl_c)
    deadline_s = time.monotonic() + 5
    try:
        pressed.start()
        while time.monotonic() < deadline_s:
            call()
    except BaseException as error:  # noqa: BLE001 - that it is the right one is what is tested
        return error
    finally:
        pressed.join()
    return None


def test_it_ends_a_reading_whatever_the_client_is_just_being_told() -> None:
    consumer = KafkaConsumer(NOBODY_THERE, OFTEN, Health())
    try:
        consumer.take("a reader", {TopicPartition("orders", 0): 0})
        ends = [interrupted(lambda: consumer.fetch(1)) for _ in range(20)]
    finally:
        consumer.close()
    assert {type(each) for each in ends} == {KeyboardInterrupt}
