"""The story screen on the demo's incident, opened and told in full; and how a test reads it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from tests.tui.screens.demo_app import demo_app, sees
from tui.app import KstoryApp
from tui.widgets.story_list import StoryList

SIZES = [(80, 24), (160, 45)]
Driven = tuple[Pilot[None], KstoryApp]


@asynccontextmanager
async def story_of(
    path: Path, key: str = "order-4711", size: tuple[int, int] = (160, 45)
) -> AsyncIterator[Driven]:
    """An app on the demo, opened at a story that was told in full."""
    app = demo_app(path, target=key)
    async with app.run_test(size=size) as pilot:
        await sees(pilot, app, "complete", "state at #")
        yield pilot, app


def cursor(app: KstoryApp) -> int:
    return app.screen.query_one(StoryList).cursor


def typed(text: str) -> list[str]:
    return ["space" if char == " " else char for char in text]
