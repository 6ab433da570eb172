"""Lists and scans against a real API server, beside raw HTTP and the official client on the same server."""

from collections import defaultdict

from app_in_pty import DOCTOR, app_in_pty
from lines import COUNT, MEBIBYTES, Line
from peers import peer_lines
from processes import probe, run
from stage import Stage

FIRST_ROW = b"web-"
FULL_SCREEN = b"\x1b[?1049h"
SLOW_RUNS = 2
"""Of what takes ten times as long as ours."""
FOUND = (0, 1, 4)
"""Exit codes of a scan that came to its end."""
MOST_MEMORY = 300.0
MOST_SCAN_MEMORY = 1100.0
Taken = defaultdict[str, list[float]]


def list_lines(stage: Stage, runs: int) -> list[Line]:
    """The first usable list, and what it costs."""
    took: Taken = defaultdict(list)
    probe("floor", stage.kubeconfig)  # the server's own caches
    for number in range(runs):
        took["floor"].append(probe("floor", stage.kubeconfig)["seconds"] * 1000)
        found = probe("overview", stage.kubeconfig)
        took["overview"].append(found["seconds"] * 1000)
        took["requests"].append(found["requests"])
        took["wire"].append(found["bytes"] / 1024**2)
        _first_list(stage, took)
        if number < SLOW_RUNS:
            took["typed"].append(probe("typed", stage.kubeconfig)["seconds"] * 1000)
    floor, name = tuple(took["floor"]), stage.name
    return [
        Line(f"{name}: lists as raw HTTP", floor, yardstick=floor),
        Line(f"{name}: the same by the official client", tuple(took["typed"]), yardstick=floor),
        Line(f"{name}: our overview", tuple(took["overview"]), yardstick=floor),
        Line(
            f"{name}: first usable list of the app", tuple(took["app"]), yardstick=floor, limit=GUARD, relative=True,
            allowance=GUARD_ALLOWANCE,
        ),
        Line(f"{name}: processor time until then", tuple(took["cpu"])),
        Line(f"{name}: memory at most until all verdicts", tuple(took["memory"]), MEBIBYTES, limit=MOST_MEMORY),
        Line(f"{name}: requests of the overview", tuple(took["requests"]), COUNT, limit=10),
        Line(f"{name}: received, packed", tuple(took["wire"]), MEBIBYTES),
        *peer_lines(stage, floor),
    ]  # fmt: skip


GUARD, GUARD_ALLOWANCE = 3.0, 1500.0
"""The goal is 1.3 x and 300 ms, see README.md beside this; the budget is what must not be lost again."""


def _first_list(stage: Stage, took: Taken) -> None:
    """From the start of the process to the first Service on the wire of a pseudo-terminal, and until it rests."""
    with app_in_pty(*DOCTOR, "--kubeconfig", str(stage.kubeconfig)) as app:
        took["app"].append(app.until(FIRST_ROW, FULL_SCREEN) * 1000)
        took["cpu"].append(app.cpu_seconds * 1000)
        app.wait_for_rest()
        took["memory"].append(app.peak_mebibytes)


def examine_lines(stage: Stage, runs: int) -> list[Line]:
    """One examination on top of the list: policies, Pods, paths and checks."""
    found = [probe("examine", stage.kubeconfig) for _ in range(runs)]
    name = stage.name
    return [
        Line(f"{name}: one examination", tuple(each["seconds"] * 1000 for each in found)),
        Line(f"{name}: requests of an examination", tuple(each["requests"] for each in found), COUNT, limit=13),
        Line(f"{name}: received for an examination", tuple(each["bytes"] / 1024**2 for each in found), MEBIBYTES),
    ]


def scan_live_lines(stage: Stage, runs: int) -> list[Line]:
    """All Services by `check -A` and `path -A`, beside the list alone."""
    words = ("--kubeconfig", str(stage.kubeconfig))
    list_, check, path, memory, cpu = [], [], [], [], []
    for _ in range(runs):
        list_.append(probe("overview", stage.kubeconfig)["seconds"] * 1000)
        checked = run(*DOCTOR, "check", "-A", *words, accepted=FOUND)
        check.append(checked.seconds * 1000)
        cpu.append(checked.cpu * 1000)
        memory.append(checked.mebibytes)
        path.append(run(*DOCTOR, "path", "-A", "-o", "json", *words, accepted=FOUND).seconds * 1000)
    name, yardstick = stage.name, tuple(list_)
    return [
        Line(f"{name}: check -A, beside the list alone", tuple(check), yardstick=yardstick, limit=90_000),
        Line(f"{name}: check -A, processor time", tuple(cpu), limit=60_000),
        Line(f"{name}: check -A, memory at most", tuple(memory), MEBIBYTES, limit=MOST_SCAN_MEMORY),
        Line(f"{name}: path -A -o json, beside the list alone", tuple(path), yardstick=yardstick),
    ]
