"""The app with a large list: keys, filter, rest, as a terminal sees them."""

from app_in_pty import DOCTOR, AppInPty, app_in_pty
from lines import PERCENT, Line
from live_lines import FIRST_ROW, FULL_SCREEN
from stage import Stage

KEYS = "jjjjjkkkGgjjjj" * 3
FILTERS = ("web-99", "team-9 lb", "risk:never", "ns=team-7")
IDLE_SECONDS = 10.0
MOST_IDLE = 1.0


def app_lines(stage: Stage) -> list[Line]:
    """Budgets are held against the 95th of a hundred answers; what the table calls least is their least."""
    with app_in_pty(*DOCTOR, "--kubeconfig", str(stage.kubeconfig)) as app:
        app.until(FIRST_ROW, FULL_SCREEN)
        under_way = [app.first_answer_to("j") * 1000 for _ in range(20)]
        app.wait_for_rest()
        keys = [app.first_answer_to(key) * 1000 for key in KEYS if _quiet(app)]
        letters = [letter for text in FILTERS for letter in _typed(app, text)]
        app.wait_for_rest()
        idle = []
        for _ in range(3):
            before = app.cpu_seconds
            app.drain(IDLE_SECONDS)
            idle.append((app.cpu_seconds - before) / IDLE_SECONDS * 100)
    name = stage.name
    return [
        Line(f"{name}: key to paint, 95 of 100", (_p95(keys),), limit=100),
        Line(f"{name}: key to paint while verdicts are worked out, 95 of 100", (_p95(under_way),), limit=250),
        Line(f"{name}: letter of a filter to the last byte, 95 of 100", (_p95(letters),), limit=250),
        Line(f"{name}: processor of the idle app", tuple(idle), PERCENT, limit=MOST_IDLE),
    ]


def _quiet(app: AppInPty) -> bool:
    app.drain(0.15)  # the answer to the last key is over
    return True


def _typed(app: AppInPty, text: str) -> list[float]:
    app.answer_to("/")
    found = [app.answer_to(letter) * 1000 for letter in text]
    app.answer_to("\x15")
    app.answer_to("\x1b", quiet=0.5)
    return found


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]
