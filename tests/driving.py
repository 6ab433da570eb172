"""Drives the app by keys, as an operator would, and gives what the screen shows as text."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from textual.pilot import Pilot

from tui.app import DoctorApp
from tui.request import AppRequest
from tui.settings import Settings

FRAMES = Path(__file__).parent / "frames"
SCROLL_BAR_EDGES = str.maketrans(dict.fromkeys("▁▂▃▄▅▆▇", " "))
KEY_NAMES = {".": "full_stop", "/": "slash", " ": "space", ":": "colon", "?": "question_mark", "-": "minus"}


def frame(app: DoctorApp) -> str:
    """What the terminal shows, without trailing blanks."""
    strips = app.screen._compositor.render_strips()  # Textual has no public way to read the screen as text
    return "\n".join(strip.text.rstrip() for strip in strips)


def words(app: DoctorApp) -> str:
    """The same as running text: no line breaks, no border of a block."""
    return " ".join(frame(app).replace("█", " ").split())


def toasts(app: DoctorApp) -> str:
    """What small notices said until now."""
    return " ".join(notice.message for notice in app._notifications)  # they are painted later than all else


async def still(app: DoctorApp) -> str:
    """The frame once it no longer changes: scroll bars are painted a moment after what they belong to."""
    before = ""
    for _ in range(40):
        await asyncio.sleep(0.06)
        now = frame(app)
        if now == before:
            return now
        before = now
    raise AssertionError(f"the screen never comes to rest:\n{before}")


async def settle(pilot: Pilot[int]) -> None:
    """Waits until no work is under way and the screen is painted. Raises the app's own fault, if there was one."""
    app = pilot.app
    assert isinstance(app, DoctorApp)
    for _ in range(500):
        await asyncio.sleep(0.01)
        if app.fault:
            raise app.fault
        if not app.is_busy:
            break
    await pilot.pause()
    await pilot.pause()
    if app.fault:
        raise app.fault


async def press(pilot: Pilot[int], keys: Sequence[str]) -> None:
    """Presses keys one after another; a single character stands for its key."""
    for key in keys:
        await pilot.press(KEY_NAMES.get(key, key))
        await settle(pilot)


def drive(
    request: AppRequest,
    scene: Callable[[DoctorApp, Pilot[int]], Awaitable[None]],
    size: tuple[int, int] = (120, 40),
    settings: Settings | None = None,
) -> None:
    """Runs the app headless at a size and plays a scene with it."""

    async def run() -> None:
        app = DoctorApp(request, settings)
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            await scene(app, pilot)

    asyncio.run(run())


def shown(request: AppRequest, keys: Sequence[str] = (), size: tuple[int, int] = (120, 40)) -> str:
    """The frame after pressing keys."""
    frames: list[str] = []

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, keys)
        frames.append(await still(app))

    drive(request, scene, size)
    return frames[0]


def assert_frame(name: str, text: str) -> None:
    """Compares with the golden frame of that name; `UPDATE_FRAMES=1` writes it instead.

    The edges of scroll bars are left out: Textual repaints a bar now or later.
    """
    path = FRAMES / f"{name}.txt"
    text = "\n".join(line.translate(SCROLL_BAR_EDGES).rstrip() for line in text.split("\n"))
    if os.environ.get("UPDATE_FRAMES"):
        path.write_text(text + "\n")
    assert path.read_text() == text + "\n", f"{path.name} differs; UPDATE_FRAMES=1 rewrites it after a look"
