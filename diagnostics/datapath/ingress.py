"""Which Nodes may take a client's packets first, in groups of Nodes for which the same holds."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from diagnostics.datapath.addresses import transport_subnet, windows_nodes
from diagnostics.datapath.endpoints import usable
from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.handler import serves_node_port
from diagnostics.datapath.path import Access, AccessKind, Vantage, VantageKind
from diagnostics.datapath.topology import Terrain, mark, servers, terrains
from diagnostics.datapath.wire import publishes_mac
from diagnostics.model.antrea import Running
from diagnostics.model.case import Case, Cluster

Group = tuple[str, ...]


class Profile(NamedTuple):
    """All that makes a difference between Nodes of a cluster in one family, but for their endpoints.

    `subnet` is the transport subnet, which decides who is routed to, and by which interface. `apart` says that the
    transport address is not the InternalIP, `told` that it is known, `has_mac` that the Node publishes its own.
    """

    running: Running
    has_address: bool
    has_gateway: bool
    by_kube_proxy: bool
    by_antrea: bool
    subnet: str
    apart: bool
    told: bool
    is_windows: bool
    has_mac: bool


def ingress_groups(case: Case, access: Access, vantage: Vantage) -> tuple[Group, ...]:
    """Nodes that may handle the first packet, grouped: the same classes, shares and outcomes hold in a group.

    From outside every Node is a candidate: the API does not tell where a load balancer or router sends packets. But
    Windows Nodes know no IPv6, and load balancers that run as Pods run on Linux Nodes.
    A client of the cluster meets its own Node first, but for the NodePorts of other Nodes.
    """
    own = vantage.node if vantage.kind is not VantageKind.EXTERNAL else ""
    if own and access.kind is not AccessKind.NODE_PORT:
        return ((own,),)
    addressed = access.kind is AccessKind.NODE_PORT and any(
        not profile.has_address for profile in _profiles(case.cluster, access.family)
    )
    known = case.once(_known_groups)
    by_linux = _only_by_linux(case, access)
    key = (access.port_name, access.protocol, access.family, _is_local(case, access), addressed, own, by_linux)
    if key not in known:  # the addresses of one port mostly share their groups
        groups = list(_groups(case, access, own))
        order = case.cluster.once_of_nodes(_order)
        groups.sort(key=lambda group: order[group[0]])
        known[key] = ((own,), *groups) if own else tuple(groups)
    return known[key]


def _only_by_linux(case: Case, access: Access) -> bool:
    """Whether Windows Nodes never take the first packet of an access from outside."""
    if access.kind is AccessKind.CLUSTER_IP:
        return True
    before = case.once(front_end) if access.kind is AccessKind.LOAD_BALANCER else None
    return before is not None and before.linux_only


def _known_groups(case: Case) -> dict[object, tuple[Group, ...]]:
    return {}


def _groups(case: Case, access: Access, own: str) -> Iterator[Group]:
    by_linux = _only_by_linux(case, access)
    local = _local_endpoints(case, access)
    known = servers(case, access)
    has_hints = bool(known.by_node or known.zones)
    special = dict.fromkeys((*local, *known.by_node))
    for profile, names in _profiles(case.cluster, access.family).items():
        if access.kind is AccessKind.NODE_PORT and not profile.has_address:
            continue
        if profile.is_windows and by_linux:
            continue
        apart: dict[object, list[str]] = {}
        for some in _terrains(case.cluster, names) if has_hints else (names,):
            bare = [name for name in some if name not in special and name != own]
            if bare:  # what the hints make of one of them they make of all
                apart.setdefault((None, mark(case, access, bare[0])), []).extend(bare)
        for name in special:
            if name in names and name != own:
                apart.setdefault((local.get(name), mark(case, access, name)), []).append(name)
        order = case.cluster.once_of_nodes(_order)
        for members in apart.values():
            yield tuple(sorted(members, key=order.__getitem__) if has_hints else members)


def _terrains(cluster: Cluster, names: Iterable[str]) -> Iterable[list[str]]:
    """The Nodes in lots whose zone and obedience to hints are the same."""
    found: dict[Terrain, list[str]] = {}
    known = terrains(cluster)
    for name in names:
        found.setdefault(known[name], []).append(name)
    return found.values()


def _local_endpoints(case: Case, access: Access) -> dict[str, tuple[int, ...]]:
    """Pods and host-network endpoints by Node, in the order of the Nodes; then those that serve while they terminate.

    The latter count only under policy Local, which falls back to them Node by Node.
    """
    known = servers(case, access)
    counts: dict[str, list[int]] = {}
    for backend in (*known.ready, *known.draining) if _is_local(case, access) else usable(case, access):
        found = counts.setdefault(backend.node, [0, 0, 0, 0])
        found[2 * backend.draining + backend.host_network] += 1
    order = case.cluster.once_of_nodes(_order)
    return {name: tuple(counts[name]) for name in sorted(counts, key=lambda item: order.get(item, -1)) if name in order}


def _is_local(case: Case, access: Access) -> bool:
    if access.kind is AccessKind.CLUSTER_IP:
        return case.service.spec.internal_traffic_policy == "Local"
    return case.service.external_policy == "Local"


def _order(cluster: Cluster) -> dict[str, int]:
    return {name: index for index, name in enumerate(cluster.nodes)}


def _profiles(cluster: Cluster, family: int) -> dict[Profile, dict[str, None]]:
    return cluster.once_of_nodes(_profiles_v6 if family == 6 else _profiles_v4)


def _profiles_v4(cluster: Cluster) -> dict[Profile, dict[str, None]]:
    return _profiles_of(cluster, 4)


def _profiles_v6(cluster: Cluster) -> dict[Profile, dict[str, None]]:
    return _profiles_of(cluster, 6)


def _profiles_of(cluster: Cluster, family: int) -> dict[Profile, dict[str, None]]:
    """Nodes that have anything of the family, by Profile; the Nodes as keys of an ordered dict."""
    config = cluster.antrea.config
    windows = windows_nodes(cluster)
    antrea_ranges = config.antrea_proxy.node_port_addresses if config else []
    kube_proxy_ranges = cluster.kube_proxy.node_port_addresses
    is_hybrid = config is not None and config.encap_mode == "hybrid"
    found: dict[Profile, dict[str, None]] = {}
    for name, node in cluster.nodes.items():
        if family == 6 and name in windows:
            continue
        address = cluster.node_ip(name, family)
        info = cluster.snapshot.agent_info_by_node.get(name)
        cidrs = node.pod_cidrs or (info.node_subnets if info else ())
        has_gateway = any((":" in cidr) == (family == 6) for cidr in cidrs)
        if not address and not has_gateway:
            continue
        transport = cluster.transport_ip(name, family) if cluster.tells_transport else address
        subnet = transport_subnet(cluster, name, family) if is_hybrid or windows or transport != address else None
        profile = Profile(
            running=cluster.running[name],
            has_address=bool(address),
            has_gateway=has_gateway,
            by_kube_proxy=serves_node_port(kube_proxy_ranges, address),
            by_antrea=serves_node_port(antrea_ranges, address),
            subnet=str(subnet.network) if subnet else "",
            apart=transport != address,
            told=bool(transport),
            is_windows=name in windows,
            has_mac=bool(windows) and publishes_mac(cluster, name),
        )
        found.setdefault(profile, {})[name] = None
    return found
