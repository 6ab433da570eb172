"""Ways out walked through in the app by keys, against the test bed: what its tests share."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from driving import press, settle, toasts, words
from tui.app import DoctorApp
from tui.request import AppRequest, ConnectionOptions, StartView, ViewKind
from widgets.step_list import StepList, StepPage


def at_way_out(kubeconfig: Path, slug: str, key: str = "shop/web", *, allow_write: bool = False) -> AppRequest:
    """The app at a way out of a Service of a live cluster."""
    connection = ConnectionOptions(kubeconfig=str(kubeconfig))
    return AppRequest(connection, service=key, view=StartView(ViewKind.REMEDY, slug), allow_write=allow_write)


async def until(app: DoctorApp, pilot: Pilot[int], holds: Callable[[], bool], seconds: float = 20) -> None:
    """Waits until something holds, whatever is under way meanwhile."""
    for _ in range(int(seconds / 0.05)):
        await asyncio.sleep(0.05)
        if app.fault:
            raise app.fault
        if holds():
            await settle(pilot)
            return
    raise AssertionError(f"it never came to it; the screen shows:\n{words(app)}\nand said: {toasts(app)}")


async def go_to(app: DoctorApp, pilot: Pilot[int], number: int) -> None:
    """Puts the cursor on a step."""
    steps = app.screen.query_one(StepList)
    await press(pilot, ["g"])
    for _ in steps.items:
        if steps.current and steps.current.number == number:
            return
        assert steps.cursor < len(steps.items) - 1, f"step {number} was not found:\n{words(app)}"
        await press(pilot, ["down"])


def page(app: DoctorApp) -> str:
    """The page of the step under the cursor, as running text."""
    return " ".join(app.screen.query_one(StepPage).text.split())


async def typed(pilot: Pilot[int], text: str) -> None:
    """Types an answer."""
    await press(pilot, [*text, "enter"])


async def named(pilot: Pilot[int], path: Path) -> None:
    """Answers where to keep the plan."""
    await press(pilot, ["ctrl+u"])
    await typed(pilot, str(path))
