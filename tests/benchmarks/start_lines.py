"""How long it takes to begin: commands that only print, and the first paint of the app."""

import sys
from functools import partial

from app_in_pty import DOCTOR, app_in_pty
from lines import Line, in_turn
from processes import milliseconds

FULL_SCREEN = b"\x1b[?1049h"
MARKER = b"antrea-doctor"
BARE_APP = "from textual.app import App\nfrom textual.widgets import Static\n" + (
    "class Bare(App):\n    def compose(self):\n        yield Static('antrea-doctor')\nBare().run()\n"
)


def start_lines(runs: int) -> list[Line]:
    """Beside `python -c pass`, and beside a bare Textual app."""
    plain = (sys.executable, "-c", "pass")
    asked = (plain, (*DOCTOR, "--help"), (*DOCTOR, "version"))
    nothing, help_, version = in_turn(runs, [partial(milliseconds, *words) for words in asked])
    bare, doctor = in_turn(runs, [partial(_paint, sys.executable, "-c", BARE_APP), partial(_paint, *DOCTOR, "--demo")])
    return [
        Line("python -c pass", nothing, yardstick=nothing),
        Line("antrea-doctor --help", help_, yardstick=nothing, limit=150),
        Line("antrea-doctor version", version, yardstick=nothing, limit=150),
        Line("first paint of a bare Textual app", bare, yardstick=bare),
        Line("first paint of antrea-doctor --demo", doctor, yardstick=bare, limit=1.5, relative=True),
    ]


def _paint(*words: str) -> float:
    """From the start of the process to the name of the app on the wire of a pseudo-terminal."""
    with app_in_pty(*words) as app:
        return app.until(MARKER, FULL_SCREEN, patience=20) * 1000
