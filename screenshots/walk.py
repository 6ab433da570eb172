"""Writes the walk through the app as text: `python screenshots/walk.py [FILE]`, else docs/walk-through.md.

The demo is walked by keys, as an operator would, and each screen is printed as it stands; nothing is written by hand
but the words between the screens.
"""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from tui.app import DoctorApp
from tui.request import AppRequest

FILE = Path(__file__).parent.parent / "docs" / "walk-through.md"
SIZE = (100, 30)
_KEY_NAMES = {"/": "slash", " ": "space", ":": "colon"}
_ALIKE = 3  # frames in a row after which a screen is at rest
_SCROLL_BAR = str.maketrans(dict.fromkeys("▁▂▃▄▅▆▇", " "))

HEAD = """# A walk through one case

A Service has `externalTrafficPolicy: Cluster` and a NetworkPolicy that lets one office in by its address. The office is
always denied. Why, and what now? This is that case, as the demo shows it in a terminal of {0} by {1}:
`antrea-doctor --demo`. Each screen below was printed by the app itself (`python screenshots/walk.py`).
"""
TAIL = """In your own cluster the last part is yours: the commands that are copied, or `antrea-doctor apply` with a plan
file, as the [README](../README.md) says. `?` explains each screen, and `antrea-doctor explain SNAT` each word.
"""


@dataclass(frozen=True)
class Stop:
    """One stop of the walk: what is said before it, the keys that lead there, and how a person reads them."""

    words: str
    keys: tuple[str, ...] = ()
    shown: str = ""


WALK = (
    Stop(
        "Every Service has a verdict: is the client's own address kept on the way to the Pods? Six of the twelve are\n"
        "open to clients outside, and only one of them always keeps it. The line below the list says why."
    ),
    Stop("`/` looks for the Service that the office complains about.", ("/", *"shop/web", "enter"), "/ shop/web enter"),
    Stop(
        "`enter` opens it. The drawing goes from the client to the Pods; `⇄` marks each place where the source\n"
        "address is changed. All ways are: whichever Node a connection enters by, kube-proxy puts the Node's own\n"
        "`antrea-gw0` address in the client's place.",
        ("enter",),
        "enter",
    ),
    Stop(
        "So no Pod and no policy ever sees the office. `2` shows what that breaks, with the fields that prove it. The\n"
        "same fields come out of `kubectl get`.",
        ("2",),
        "2",
    ),
    Stop(
        "`i` asks for the office's address, and says what becomes of it at each Pod.",
        ("1", "i", *"203.0.113.7", "enter"),
        "1 i 203.0.113.7 enter",
    ),
    Stop("`3` compares the ways out: possible here or why not, and what each gives and costs.", ("3",), "3"),
    Stop(
        "`enter` opens the first one, direct server return. A plan says what must hold before, what each step changes\n"
        "and risks, how to prove it, and how to go back. `c` copies the commands of the step under the cursor.",
        ("enter",),
        "enter",
    ),
    Stop(
        "`b` draws the Service as it would be after the plan, worked out by the same engine that drew today's.",
        ("b",),
        "b",
    ),
    Stop(
        "Twice more `b` says in words what changes: on the ways of packets, in the findings, and who gets in.",
        ("b", "b"),
        "b b",
    ),
    Stop(
        "In the demo a plan can be played: `space` marks a step as done, and after the last one the recorded cluster\n"
        "is what the plan makes of it. In a real one `d` has the server try the step, and the commands do it.",
        ("b", *" " * 5),
        "b space space space space space",
    ),
    Stop(
        "Back at the Service the same question has another answer: the client's address is kept.",
        ("escape", "1"),
        "esc 1",
    ),
)


async def still(pilot: Pilot[int]) -> str:
    """What stands on the screen once nothing is worked out and nothing moves any more."""
    app = pilot.app
    assert isinstance(app, DoctorApp)
    text, same = "", 0
    while same < _ALIKE:
        if app.fault:
            raise app.fault
        await pilot.pause(0.08)
        before = text
        strips = app.screen._compositor.render_strips()  # Textual has no public way to read the screen as text
        text = "\n".join(strip.text.translate(_SCROLL_BAR).rstrip() for strip in strips)
        same = 0 if app.is_busy or before != text else same + 1
    return text


async def walk() -> str:
    """The whole page."""
    parts = [HEAD.format(*SIZE)]
    async with DoctorApp(AppRequest(demo="seed")).run_test(size=SIZE) as pilot:
        text = await still(pilot)
        for number, stop in enumerate(WALK, 1):
            for key in stop.keys:
                await pilot.press(_KEY_NAMES.get(key, key))
                text = await still(pilot)
            keys = f"Keys: `{stop.shown}`\n\n" if stop.shown else ""
            parts.append(f"## {number}\n{stop.words}\n\n{keys}```text\n{text.rstrip()}\n```\n")
    return "\n".join((*parts, TAIL))


def main() -> None:
    """Writes the page."""
    for name in ("NO_COLOR", "TEXTUAL_THEME"):
        os.environ.pop(name, None)
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(asyncio.run(walk()), encoding="utf-8")


if __name__ == "__main__":
    main()
