"""The addresses that belong to the cluster itself, and so to no client outside."""

from collections.abc import Iterable, Iterator

from diagnostics.datapath.trace import own_addresses
from diagnostics.model.case import Cluster
from diagnostics.policy.ranges import AddressSet, RangeError, parse_range


def own_ranges(cluster: Cluster) -> AddressSet:
    """podCIDRs, gateways, Nodes, Antrea's own; ask with `cluster.once(own_ranges)`."""
    snapshot = cluster.snapshot
    ranges = [cidr for node in snapshot.nodes for cidr in node.pod_cidrs]
    ranges += [cidr for info in snapshot.agent_infos for cidr in info.node_subnets]
    return AddressSet.of(readable((*ranges, *cluster.node_of_ip, *own_addresses(cluster))))


def readable(texts: Iterable[str]) -> Iterator[str]:
    """Those texts that are an address or CIDR; a Node's Hostname is none."""
    for text in texts:
        try:
            parse_range(text)
        except RangeError:
            continue
        yield text
