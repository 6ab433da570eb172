"""Makes the pictures of the README from the demo: `python screenshots/take.py [FOLDER]`.

The app itself is driven by keys and exports each screen as SVG; nothing is drawn by hand.
"""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from tui.app import DoctorApp
from tui.request import AppRequest

SIZE = (120, 40)


@dataclass(frozen=True)
class Shot:
    """One picture: the demo, the Service opened first (or none), and the keys pressed."""

    name: str
    demo: str
    service: str | None
    keys: tuple[str, ...]


SHOTS = (
    Shot("services", "seed", None, ()),
    Shot("path-kube-proxy", "seed", "shop/web", ()),
    Shot("path-sometimes", "proxy-all", "shop/web", ()),
    Shot("path-dsr", "dsr", "shop/web", ()),
    Shot("finding", "seed", "shop/web", ("2",)),
    Shot("ways-out", "seed", "shop/web", ("3",)),
    Shot("remedy-dsr", "proxy-all", "shop/web", ("3", "enter")),
    Shot("remedy-after", "proxy-all", "shop/web", ("3", "enter", "b")),
    Shot("remedy-nodeport", "proxy-all", "partner/intake", ("3", "enter", *"203.0.113.0/24", "enter")),
    Shot("cluster", "proxy-all", None, ("i",)),
)
THEMES = {"": "dark", "-light": "light"}
"""What is added to the name of a picture, and the theme that it is taken in."""


async def settle(pilot: Pilot[int]) -> None:
    """Waits until no work runs aside any more and the screen is painted."""
    app = pilot.app
    assert isinstance(app, DoctorApp)
    for _ in range(200):
        await asyncio.sleep(0.02)
        if app.fault:
            raise app.fault
        if not app.is_busy:
            break
    await pilot.pause()


async def take(shot: Shot, folder: Path, suffix: str = "") -> Path:
    """Plays the keys and saves the picture, in the theme of the suffix."""
    app = DoctorApp(AppRequest(demo=shot.demo, service=shot.service))
    app.theme = THEMES[suffix]
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        for key in shot.keys:
            await pilot.press(_KEY_NAMES.get(key, key))
            await settle(pilot)
        path = folder / f"{shot.name}{suffix}.svg"
        path.write_text(app.export_screenshot(title=f"antrea-doctor: {shot.name.replace('-', ' ')}"))
    return path


_KEY_NAMES = {".": "full_stop", "/": "slash", " ": "space", ":": "colon"}


def main() -> None:
    """Takes every picture, or those whose names are given after the folder."""
    for name in ("NO_COLOR", "TEXTUAL_THEME"):
        os.environ.pop(name, None)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    for shot in SHOTS:
        if not sys.argv[2:] or shot.name in sys.argv[2:]:
            for suffix in THEMES:
                print(asyncio.run(take(shot, folder, suffix)).name)


if __name__ == "__main__":
    main()
