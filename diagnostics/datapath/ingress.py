"""Which Nodes may take a client's packets first, in groups of Nodes for which the same holds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from diagnostics.datapath.addresses import transport_subnet
from diagnostics.datapath.endpoints import usable
from diagnostics.datapath.handler import serves_node_port
from diagnostics.datapath.path import Access, AccessKind, Handler, Vantage, VantageKind
from diagnostics.datapath.topology import Obedience, mark, obedience, servers
from diagnostics.model.antrea import Running
from diagnostics.model.case import Case, Cluster

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """All that makes a difference between Nodes of a cluster in one family, but for their endpoints.

    `subnet` is the transport subnet, which decides in hybrid mode who is routed to. `hints`: how kube-proxy and
    AntreaProxy take topology hints.
    """

    running: Running
    has_address: bool
    has_gateway: bool
    by_kube_proxy: bool
    by_antrea: bool
    subnet: str
    hints: tuple[Obedience, Obedience]


def ingress_groups(case: Case, access: Access, vantage: Vantage) -> tuple[Group, ...]:
    """Nodes that may handle the first packet, grouped: the same classes, shares and outcomes hold in a group.

    From outside every Linux Node is a candidate: the API does not tell where a load balancer or router sends packets.
    A client of the cluster meets its own Node first, but for the NodePorts of other Nodes.
    """
    own = vantage.node if vantage.kind is not VantageKind.EXTERNAL else ""
    if own and access.kind is not AccessKind.NODE_PORT:
        return ((own,),)
    groups = list(_groups(case, access, own))
    order = case.cluster.once(_order)
    groups.sort(key=lambda group: order[group[0]])
    return ((own,), *groups) if own else tuple(groups)


def _groups(case: Case, access: Access, own: str) -> Iterator[Group]:
    local = _local_endpoints(case, access)
    marks = _marks(case, access)
    for profile, names in _profiles(case.cluster, access.family).items():
        if access.kind is AccessKind.NODE_PORT and not profile.has_address:
            continue
        apart: dict[object, list[str]] = {}
        if marks is None:
            bare = [name for name in names if name not in local and name != own]
            if bare:
                yield tuple(bare)
            candidates = [name for name in local if name in names]
        else:
            candidates = list(names)
        for name in candidates:
            if name != own:
                apart.setdefault((local.get(name), marks(name) if marks else ()), []).append(name)
        for members in apart.values():
            yield tuple(members)


def _marks(case: Case, access: Access) -> Callable[[str], tuple[object, ...]] | None:
    """What topology hints make of a Node; None when there are none that count."""
    known = servers(case, access)
    return partial(mark, case, access) if known.by_node or known.zones else None


def _local_endpoints(case: Case, access: Access) -> dict[str, tuple[int, ...]]:
    """Pods and host-network endpoints by Node, in the order of the Nodes; then those that serve while they terminate.

    The latter count only under policy Local, which falls back to them Node by Node.
    """
    known = servers(case, access)
    counts: dict[str, list[int]] = {}
    for backend in (*known.ready, *known.draining) if _is_local(case, access) else usable(case, access):
        found = counts.setdefault(backend.node, [0, 0, 0, 0])
        found[2 * backend.draining + backend.host_network] += 1
    order = case.cluster.once(_order)
    return {name: tuple(counts[name]) for name in sorted(counts, key=lambda item: order.get(item, -1)) if name in order}


def _is_local(case: Case, access: Access) -> bool:
    if access.kind is AccessKind.CLUSTER_IP:
        return case.service.spec.internal_traffic_policy == "Local"
    return case.service.external_policy == "Local"


def _order(cluster: Cluster) -> dict[str, int]:
    return {name: index for index, name in enumerate(cluster.nodes)}


def _profiles(cluster: Cluster, family: int) -> dict[Profile, dict[str, None]]:
    return cluster.once(_profiles_v6 if family == 6 else _profiles_v4)


def _profiles_v4(cluster: Cluster) -> dict[Profile, dict[str, None]]:
    return _profiles_of(cluster, 4)


def _profiles_v6(cluster: Cluster) -> dict[Profile, dict[str, None]]:
    return _profiles_of(cluster, 6)


def _profiles_of(cluster: Cluster, family: int) -> dict[Profile, dict[str, None]]:
    """Linux Nodes that have anything of the family, by Profile; the Nodes as keys of an ordered dict."""
    config = cluster.antrea.config
    antrea_ranges = config.antrea_proxy.node_port_addresses if config else []
    kube_proxy_ranges = cluster.kube_proxy.node_port_addresses
    is_hybrid = config is not None and config.encap_mode == "hybrid"
    found: dict[Profile, dict[str, None]] = {}
    for name, node in cluster.nodes.items():
        if node.is_windows:
            continue
        address = cluster.node_ip(name, family)
        info = cluster.snapshot.agent_info_by_node.get(name)
        cidrs = node.pod_cidrs or (info.node_subnets if info else ())
        has_gateway = any((":" in cidr) == (family == 6) for cidr in cidrs)
        if not address and not has_gateway:
            continue
        subnet = transport_subnet(cluster, name, family) if is_hybrid else None
        profile = Profile(
            running=cluster.running[name],
            has_address=bool(address),
            has_gateway=has_gateway,
            by_kube_proxy=serves_node_port(kube_proxy_ranges, address),
            by_antrea=serves_node_port(antrea_ranges, address),
            subnet=str(subnet.network) if subnet else "",
            hints=(obedience(cluster, name, Handler.KUBE_PROXY), obedience(cluster, name, Handler.ANTREA_PROXY)),
        )
        found.setdefault(profile, {})[name] = None
    return found
