"""Hands are faster than screens, and some have a mouse: nothing typed, pasted or clicked goes astray."""

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from driving import drive, frame
from terminal import OpenTerminal
from tui.app import DoctorApp
from tui.request import AppRequest
from widgets.service_list import ServiceList

BURSTS = [
    ("/web", "Services (1 of 12)"),
    ("/web\r\r", "shop/web"),
    ("\x1b[200~/web\x1b[201~", "Services (1 of 12)"),
    ("/risk:never\rss", "Sorted by type"),
    (":cluster\r", "versions reported"),
    ("/web\r\ri203.0.113.7\r", "from 203.0.113.7"),
    ("n\r/web", "Services (1 of 12)"),
]


@pytest.mark.terminal
@pytest.mark.parametrize(("typed", "wanted"), BURSTS)
def test_what_is_typed_in_one_burst_goes_where_it_leads(open_terminal: OpenTerminal, typed: str, wanted: str) -> None:
    terminal = open_terminal("--demo")
    terminal.wait_for("Sorted by")
    terminal.keys(typed)
    terminal.wait_for(wanted)
    terminal.keys("\x03")


def test_keys_are_handled_in_their_order() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        for key in ("slash", *"shop web"):
            name = "space" if key == " " else key
            app.post_message(events.Key(name, key if len(key) == 1 else None))
        for _ in range(20):
            await pilot.pause(0.05)
        assert app.screen.query_one("#filter", Input).value == "shop web"

    drive(AppRequest(demo="seed"), scene)


def test_a_click_on_the_head_of_a_column_sorts() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        for x, order in ((20, "name"), (2, "verdict"), (20, "name")):
            await pilot.click(ServiceList, offset=(x, 0))
            await pilot.pause()
            assert f"Sorted by {order}." in frame(app)

    drive(AppRequest(demo="seed"), scene)


@pytest.mark.terminal
def test_suspending_gives_the_terminal_back_and_takes_it_again(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal("--demo", shell=True)
    terminal.wait_for("shop/web")
    terminal.keys("\x1a")
    terminal.wait_for("Stopped")
    terminal.keys("echo free again\n")
    terminal.wait_for("free again")
    terminal.keys("fg\n")
    terminal.wait_for("Sorted by")
    terminal.keys("q")
