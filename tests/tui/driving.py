"""Driving an app in a test: wait for what is to be seen, and read it off the screen."""

import asyncio
from collections.abc import Callable

from textual.app import App
from textual.pilot import Pilot

from tests.waiting import ENOUGH_S

POLL_S = 0.005
"""Long enough for widgets to find themselves idle, which is when they measure and draw."""


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let messages be handled until the condition holds; no test passes by waiting longer."""
    async with asyncio.timeout(ENOUGH_S):
        while not condition():
            await pilot.pause(POLL_S)


def screen_lines(app: App[None]) -> list[str]:
    """What the terminal would show, line by line; the line filters have been applied."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001 - Textual tells it nowhere else
    return ["".join(segment.text for segment in strip) for strip in strips]
