"""The cluster's own addresses: what a filter on a Service must let through so that the cluster can use it itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from diagnostics.checks.evidence import listed
from diagnostics.model.case import Case
from diagnostics.model.service import Service
from diagnostics.policy.ranges import AddressSet, RangeError


@dataclass(frozen=True, slots=True)
class ClusterRanges:
    """Pod ranges (gateways of antrea-gw0 are in them) and Node addresses; `missing` says what could not be told.

    `to_come` are ranges out of which Nodes that are added later get their podCIDRs; empty where nothing tells them.
    """

    addresses: AddressSet
    missing: str = ""
    to_come: tuple[str, ...] = ()

    @property
    def spared(self) -> AddressSet:
        """Everything that belongs to the cluster, or will."""
        return self.addresses | AddressSet.of(self.to_come)

    @property
    def new_nodes(self) -> str:
        """What Nodes that are added later meet."""
        if self.to_come:
            return (
                f"Pods of new Nodes are let through: kube-proxy's clusterCIDR {listed(self.to_come)} tells their "
                "ranges. A new Node itself is not: plan again after adding Nodes, or its callers are dropped."
            )
        return "A new Node brings new addresses: plan again after adding Nodes, or its callers are dropped."


def cluster_ranges(case: Case) -> ClusterRanges:
    """podCIDRs by the Nodes or else by their agents, InternalIPs, and the agents' transport addresses.

    Agents report these with the length of their subnet, which may hold strangers: only the address counts.
    """
    found: list[str] = []
    without = []
    for name, node in case.cluster.nodes.items():
        info = case.snapshot.agent_info_by_node.get(name)
        pod_cidrs = (*node.pod_cidrs, *(info.node_subnets if info else ()))
        transport = info.network_info.transport_interface_ips if info else ()
        found += (*pod_cidrs, *node.internal_ips, *(text.partition("/")[0] for text in transport))
        if not pod_cidrs:
            without.append(name)
    missing = "Nodes could not be read." if not case.cluster.nodes else ""
    if without:
        missing = f"No podCIDR is known of {listed(without)}."
    today = AddressSet.of(text for text in found if _is_range(text))
    return ClusterRanges(today, missing, _to_come(case, today))


def _to_come(case: Case, today: AddressSet) -> tuple[str, ...]:
    """kube-proxy's clusterCIDR, where Pods of today are in it and no Node is: a wider one would hold strangers."""
    nodes = AddressSet.of(ip for node in case.cluster.nodes.values() for ip in node.internal_ips if _is_range(ip))
    ranges = (text for text in case.cluster.kube_proxy.cluster_cidrs if _is_range(text))
    return tuple(text for text in ranges if AddressSet.of([text]) & today and not AddressSet.of([text]) & nodes)


def families_of(service: Service) -> tuple[int, ...]:
    """4, 6 or both, by `ipFamilies`, else by the cluster IPs."""
    spec = service.spec
    if spec.ip_families:
        return tuple(6 if family == "IPv6" else 4 for family in spec.ip_families)
    return tuple(dict.fromkeys(6 if ":" in ip else 4 for ip in (spec.cluster_ips or [spec.cluster_ip])))


def shown(cidrs: Iterable[str]) -> str:
    """Ranges for a sentence, single addresses without their length."""
    return listed(cidr.removesuffix("/32").removesuffix("/128") for cidr in cidrs)


def _is_range(text: str) -> bool:
    try:
        return bool(AddressSet.of([text]))
    except RangeError:
        return False
