"""Speed that users feel, measured: `python tests/benchmarks/run.py [--runs N]`. Exit code 1 when a budget is broken.

A table of medians and least values. Times of processes depend on the machine, so they are given beside a yardstick
of the same run: `python -c pass` for commands, a bare Textual app for the first paint. Budgets in milliseconds are
held against the least value, since other work on the machine only adds; the ratio is one of medians.
"""

import argparse
import os
import pty
import resource
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "benchmarks")]

from generated import generated  # noqa: E402
from policy_lines import BUDGET, timed  # noqa: E402
from scale import scanned  # noqa: E402

from clusters import cluster  # noqa: E402
from deployed import pod, service, with_services  # noqa: E402
from diagnostics.checks.catalogue import CHECKS  # noqa: E402
from diagnostics.checks.examine import examine  # noqa: E402
from diagnostics.datapath.summary import summarise  # noqa: E402
from diagnostics.datapath.trace import trace  # noqa: E402
from diagnostics.model.case import Case, Cluster  # noqa: E402
from diagnostics.model.snapshot import Snapshot  # noqa: E402

FULL_SCREEN = b"\x1b[?1049h"
MARKER = b"antrea-doctor"
BARE_APP = "from textual.app import App\nfrom textual.widgets import Static\n" + (
    "class Bare(App):\n    def compose(self):\n        yield Static('antrea-doctor')\nBare().run()\n"
)
DOCTOR = (sys.executable, "-m", "tui")


@dataclass(frozen=True)
class Line:
    """One measurement in milliseconds. `limit` is a multiple of the yardstick when `relative`; 0 means no budget."""

    what: str
    times: tuple[float, ...]
    yardstick: tuple[float, ...] = ()
    limit: float = 0.0
    relative: bool = False

    @property
    def ratio(self) -> float:
        """Times the yardstick; 0 without one."""
        return median(self.times) / median(self.yardstick) if self.yardstick else 0.0

    @property
    def within(self) -> bool:
        """Whether the budget is kept."""
        return not self.limit or (self.ratio if self.relative else min(self.times)) <= self.limit


def main() -> int:
    """Measures everything and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11, help="runs of each process (default 11)")
    runs = parser.parse_args().runs
    lines = [*_commands(runs), *_first_paint(runs), *_engine(runs), *_policies(runs), *_whole_clusters(), *_scans()]
    width = max(len(line.what) for line in lines)
    print(f"{'what':{width}}  {'median ms':>9}  {'least ms':>8}  {'ratio':>6}  {'budget':>9}")
    for line in lines:
        ratio = f"{line.ratio:.2f}" if line.ratio else ""
        budget = f"{line.limit:g}{' x' if line.relative else ' ms'}" if line.limit else ""
        over = "" if line.within else "  OVER"
        numbers = f"{median(line.times):9.1f}  {min(line.times):8.1f}"
        print(f"{line.what:{width}}  {numbers}  {ratio:>6}  {budget:>9}{over}".rstrip())
    return 0 if all(line.within for line in lines) else 1


def _commands(runs: int) -> list[Line]:
    """Whole processes, run in turn so that the load of the machine strikes all alike."""
    plain = (sys.executable, "-c", "pass")
    asked = (plain, (*DOCTOR, "--help"), (*DOCTOR, "version"))
    times = _in_turn(runs, [partial(_process, words) for words in asked])
    return [
        Line("python -c pass", times[0], times[0]),
        Line("antrea-doctor --help", times[1], times[0], 150),
        Line("antrea-doctor version", times[2], times[0], 150),
    ]


def _first_paint(runs: int) -> list[Line]:
    """From the start of the process to the name of the app on the wire of a pseudo-terminal."""
    asked = ((sys.executable, "-c", BARE_APP), (*DOCTOR, "--demo"))
    bare, doctor = _in_turn(runs, [partial(_paint, words) for words in asked])
    return [
        Line("first paint of a bare Textual app", bare, bare),
        Line("first paint of antrea-doctor --demo", doctor, bare, 1.5, relative=True),
    ]


def _engine(runs: int) -> list[Line]:
    """Paths and checks of one Service with 800 endpoints, on facts never looked at before."""
    lines = []
    for nodes in (10, 100, 1000):
        holders = min(nodes, 100)
        made = service([pod(number, 800 // holders) for number in range(1, holders + 1)])
        for name, proxy_all in (("kube-proxy", False), ("proxyAll", True)):
            snapshot = with_services(cluster(nodes, proxy_all=proxy_all), made)
            times = tuple(_examined(snapshot, made.service.metadata.key) for _ in range(runs))
            what = f"paths and checks, 800 endpoints, {nodes} Nodes, {name}"
            lines.append(Line(what, times, limit=50 if nodes <= 100 else 0))
    return lines


def _policies(runs: int) -> list[Line]:
    """Judging policies, beside the paths that are known already."""
    return [Line(what, times, limit=BUDGET) for what, times in timed(runs)]


def _whole_clusters() -> list[Line]:
    """What the app works out when it starts, for every Service of a generated cluster, and what memory that takes.

    One Service on the largest cluster is timed at its first asking, when nothing of the cluster is known yet.
    """
    lines = []
    made = service([pod(number) for number in range(1, 801)])
    for name, proxy_all in (("kube-proxy", False), ("proxyAll", True)):
        snapshot = with_services(cluster(5_000, proxy_all=proxy_all), made)
        times = tuple(_traced(snapshot, made.service.metadata.key) for _ in range(5))
        lines.append(Line(f"paths at first asking, 800 endpoints, 5000 Nodes, {name}", times, limit=50))
    for services, nodes in ((10_000, 1_000), (10_000, 5_000)):
        snapshot = generated(services, nodes)
        before = _peak_memory()
        started = time.process_time()
        cluster_facts = Cluster(snapshot)
        rows = tuple(summarise(Case(cluster_facts, service)) for service in snapshot.services)
        spent = (time.process_time() - started) * 1000
        what = f"verdicts of {len(rows)} Services, {nodes} Nodes (+{_peak_memory() - before:.0f} MB)"
        lines.append(Line(what, (spent,), limit=10_000))
    return lines


def _scans() -> list[Line]:
    """A pipeline's scan of a whole cluster, from reading the file to the last line, and its memory."""
    seconds, mebibytes = scanned()
    return [
        Line("check -A, 10000 Services, 150000 endpoints, 20000 policies", (seconds * 1000,), limit=20_000),
        Line("the same: MiB at most", (mebibytes,), limit=600),
    ]


def _peak_memory() -> float:
    """Megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _traced(snapshot: Snapshot, key: str) -> float:
    case = Case.of(replace(snapshot), key)
    started = time.process_time()
    trace(case)
    return (time.process_time() - started) * 1000


def _examined(snapshot: Snapshot, key: str) -> float:
    case = Case.of(replace(snapshot), key)
    started = time.process_time()  # other processes must not count
    trace(case)
    examine(case, CHECKS)
    return (time.process_time() - started) * 1000


def _in_turn(runs: int, measures: Sequence[Callable[[], float]]) -> list[tuple[float, ...]]:
    """Milliseconds of each; the first round warms caches and does not count."""
    rounds = [[measure() for measure in measures] for _ in range(runs + 1)][1:]
    return list(zip(*rounds))


def _process(words: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - started) * 1000


def _paint(words: Sequence[str], patience: float = 20.0) -> float:
    leader, follower = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40", "PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    process = subprocess.Popen(words, cwd=ROOT, stdin=follower, stdout=follower, stderr=follower, env=environ)
    os.close(follower)
    seen = b""
    try:
        while MARKER not in seen.partition(FULL_SCREEN)[2]:
            left = patience - (time.perf_counter() - started)
            if left <= 0 or not select.select([leader], [], [], left)[0]:
                raise SystemExit(f"{' '.join(words)} painted nothing within {patience:g} s: {seen[-500:]!r}")
            try:
                seen += os.read(leader, 65536)
            except OSError:  # the process ended
                raise SystemExit(f"{' '.join(words)} ended before it painted: {seen[-500:]!r}") from None
        return (time.perf_counter() - started) * 1000
    finally:
        process.kill()
        process.wait()
        os.close(leader)


if __name__ == "__main__":
    sys.exit(main())
