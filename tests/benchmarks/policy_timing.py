"""How long policies take: many for one Service, and one client judged on thousands of Nodes."""

import time
from dataclasses import replace

from clusters import cluster
from deployed import pod, service, with_services
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case, Cluster
from diagnostics.model.meta import LabelSelector, OwnedMeta
from diagnostics.model.policies import (
    AntreaPeer,
    AntreaPolicy,
    AntreaPolicySpec,
    AntreaRule,
    AppliedTo,
    IngressRule,
    IPBlock,
    NetworkPolicy,
    NetworkPolicySpec,
    Peer,
)
from diagnostics.model.snapshot import Snapshot
from diagnostics.policy.admitted import admitted
from diagnostics.policy.judge import judge

BUDGET = 300
CLIENT = "203.0.113.10"
_MEANT = 200
"""One policy of so many is applied to the Pods of the Service."""


def timed(runs: int) -> list[tuple[str, tuple[float, ...]]]:
    """What is measured, and the milliseconds of each run; what the paths themselves take is not counted."""
    made = service([pod(number, 8) for number in range(1, 101)])
    many = with_policies(with_services(cluster(100, proxy_all=True), made), 20_000)
    key = made.service.metadata.key
    lines = [
        ("judge a client, 20000 policies, 800 endpoints", tuple(_judged(many, key) for _ in range(runs))),
        ("whole ranges let in, 20000 policies, 800 endpoints", tuple(_ranges(many, key) for _ in range(runs))),
    ]
    for name, proxy_all in (("kube-proxy", False), ("proxyAll", True)):
        wide = with_policies(with_services(cluster(5_000, proxy_all=proxy_all), made), 400)
        what = f"judge a client, 800 endpoints, 5000 Nodes, {name}"
        lines.append((what, tuple(_judged(wide, key) for _ in range(min(runs, 5)))))
    return lines


def with_policies(snapshot: Snapshot, number: int) -> Snapshot:
    """The Snapshot with this many policies, half of them Antrea's and cluster-wide; each names a range of its own."""
    kubernetes, antrea = [], []
    for at in range(number):
        app = "web" if at % _MEANT < 2 else f"other-{at % 97}"
        selector = LabelSelector(match_labels={"app": app})
        block = IPBlock(cidr=f"10.{at >> 8 & 255}.{at & 255}.0/24")
        if at % 2:
            here = at % _MEANT == 1 or at % 3 == 0
            spec = NetworkPolicySpec(pod_selector=selector, ingress=[IngressRule(peers=[Peer(ip_block=block)])])
            meta = OwnedMeta(name=f"np-{at}", namespace="default" if here else f"team-{at % 100}")
            kubernetes.append(NetworkPolicy(metadata=meta, spec=spec))
        else:
            rule = AntreaRule(action="Drop", peers=[AntreaPeer(ip_block=block)])
            rules = AntreaPolicySpec(priority=5, applied_to=[AppliedTo(pod_selector=selector)], ingress=[rule])
            antrea.append(AntreaPolicy(metadata=OwnedMeta(name=f"acnp-{at}"), spec=rules))
    return replace(snapshot, network_policies=tuple(kubernetes), cluster_policies=tuple(antrea))


def _judged(snapshot: Snapshot, key: str) -> float:
    case = _traced(snapshot, key)
    started = time.process_time()
    for path in case.once(external_paths):
        judge(case, path, CLIENT)
    return (time.process_time() - started) * 1000


def _ranges(snapshot: Snapshot, key: str) -> float:
    case = _traced(snapshot, key)
    started = time.process_time()
    for path in case.once(external_paths):
        admitted(case, path)
    return (time.process_time() - started) * 1000


def _traced(snapshot: Snapshot, key: str) -> Case:
    """A Case never looked at but for its paths."""
    fresh = replace(snapshot)
    case = Case.of(fresh, key, Cluster(fresh))
    case.once(external_paths)
    return case
