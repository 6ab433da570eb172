"""What the engine takes without any cluster: paths, checks, policies, verdicts, and a scan of a large file."""

import resource
import time
from dataclasses import replace

from generated import generated
from lines import MEBIBYTES, Line
from policy_timing import BUDGET, timed
from scale import scanned

from clusters import cluster
from deployed import pod, service, with_services
from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.datapath.summary import summarise
from diagnostics.datapath.trace import trace
from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Snapshot


def engine_lines(runs: int) -> list[Line]:
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


def policy_lines(runs: int) -> list[Line]:
    """Judging policies, beside the paths that are known already."""
    return [Line(what, times, limit=BUDGET) for what, times in timed(runs)]


def whole_lines() -> list[Line]:
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
        what = f"verdicts of {len(rows)} Services, {nodes} Nodes"
        lines.append(Line(what, (spent,), limit=10_000))
        lines.append(Line(f"{what}: memory more", (_peak_memory() - before,), MEBIBYTES))
    return lines


def scan_lines() -> list[Line]:
    """A pipeline's scan of a whole cluster, from reading the file to the last line, and its memory."""
    seconds, mebibytes = scanned()
    return [
        Line("check -A, 10000 Services, 150000 endpoints, 20000 policies", (seconds * 1000,), limit=20_000),
        Line("the same: memory at most", (mebibytes,), MEBIBYTES, limit=600),
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
