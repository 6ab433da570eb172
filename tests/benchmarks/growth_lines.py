"""How cost grows with the cluster: k of cost ~ n^k over three sizes, of processor time without any server."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from generate import Size, facts, write
from lines import EXPONENT, Line, exponent, log_factor
from processes import DOCTOR, run

from diagnostics.datapath.summary import outline, summarise
from diagnostics.model.case import Case, Cluster
from widgets.service_index import ServiceIndex

SIZES = (1_250, 2_500, 5_000)
CURVE = 0.1
"""How much over n log n still counts as measuring error."""


def growth_lines(runs: int) -> list[Line]:
    """Each size with as many Nodes, endpoints and policies for a Service as any other."""
    verdicts, rows, scans = [], [], []
    for services in SIZES:
        size = Size(services, pods=False)
        first, all_ = _listed(size, runs)
        rows.append(first)
        verdicts.append(all_)
        scans.append(_scanned(size, runs))
        print(f"growth: {services} Services done", file=sys.stderr, flush=True)
    limit = log_factor(SIZES) + CURVE
    named = {"first rows": rows, "verdicts": verdicts, "check -A of a file": scans}
    return [
        Line(f"growth over {', '.join(map(str, SIZES))} Services: {what}", (exponent(SIZES, costs),), EXPONENT,
             limit=round(limit, 2))
        for what, costs in named.items()
    ]  # fmt: skip


def _listed(size: Size, runs: int) -> tuple[float, float]:
    """Least processor time of the first rows, and of all verdicts."""
    snapshot = facts(size)
    first, all_ = [], []
    for _ in range(runs):
        cluster = Cluster(snapshot)
        began = time.process_time()
        ServiceIndex([outline(Case(cluster, service)) for service in snapshot.services])
        first.append(time.process_time() - began)
        began = time.process_time()
        ServiceIndex([summarise(Case(cluster, service)) for service in snapshot.services])
        all_.append(time.process_time() - began)
    return min(first), min(all_)


def _scanned(size: Size, runs: int) -> float:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "cluster.json"
        with file.open("wb") as opened:
            write(size, opened)
        return min(run(*DOCTOR, "check", "-A", "-f", str(file), accepted=(0, 1, 4)).cpu for _ in range(min(runs, 2)))
