"""What AntreaProxy does to a connection: which endpoints OVS chooses from, and what it rewrites.

AntreaProxy decides by the output port of the chosen endpoint: none for a local Pod, the gateway's address through the
tunnel, a double rewrite for what leaves by antrea-gw0 again. DSR takes the first of these away.
"""

from packaging.version import Version

from diagnostics.datapath.access import endpoint_text
from diagnostics.datapath.addresses import (
    OLD_HAIRPIN_IP,
    VIRTUAL_NODE_PORT_IP,
    gateway_source,
    virtual_source,
)
from diagnostics.datapath.crossing import (
    UNSEEN,
    Arrival,
    Crossing,
    Origin,
    Way,
    keeps_or_leaves,
    kept,
    nothing_arrives,
    seen_as,
    source_rewrite,
)
from diagnostics.datapath.dsr import dsr_applies
from diagnostics.datapath.handler import version_on
from diagnostics.datapath.merge import either
from diagnostics.datapath.path import (
    AccessKind,
    Basis,
    Outcome,
    Place,
    Rewrite,
    RewriteKind,
    SeenKind,
    SeenSource,
    Wire,
)
from diagnostics.datapath.wire import leaves_with

_PIPELINE = "antrea:pkg/agent/openflow/pipeline.go"
_GATEWAY_SNAT = f"{_PIPELINE} gatewaySNATFlows"
_HOST_RULES = "antrea:pkg/agent/route/route_linux.go restoreIptablesData"
_DSR_SOURCE = f"{_PIPELINE} dsrServiceMarkFlow, l3FwdFlowsToRemoteViaTun"

_SHORT_CIRCUIT_SINCE = Version("1.12")  # antrea#4815
_HAIRPIN_BY_GATEWAY_SINCE = Version("1.6")
_SPARES_LOCAL_PODS_SINCE = Version("1.7")  # antrea#3604
# First patch release of each minor that honours Local on externalIPs: antrea#5795
_LOCAL_ON_EXTERNAL_IP_SINCE = (Version("1.12.3"), Version("1.13.3"), Version("1.14.2"), Version("1.15.0"))


def refuses(arrival: Arrival) -> Way | None:
    """AntreaProxy shuts nobody out: it does not implement loadBalancerSourceRanges (antrea#5493)."""
    return None


def chooses_local_only(arrival: Arrival) -> bool:
    """Whether only endpoints of this Node are candidates: policy Local, unless the client is of this Node."""
    version = version_on(arrival.cluster, arrival.node)
    if arrival.access.kind is AccessKind.CLUSTER_IP or not arrival.is_local_policy:
        return arrival.is_local_policy
    if arrival.access.kind is AccessKind.EXTERNAL_IP and version and not _honours_local_on_external_ip(version):
        return False
    return arrival.origin is Origin.OUTSIDE or (version is not None and version < _SHORT_CIRCUIT_SINCE)


def no_candidate(arrival: Arrival, *, exist_elsewhere: bool) -> Way:
    """The answer when there is nothing to choose: the agent resets the connection."""
    policy = "internalTrafficPolicy" if arrival.access.kind is AccessKind.CLUSTER_IP else "externalTrafficPolicy"
    what = f"{policy} is Local and {arrival.node} has no endpoint" if exist_elsewhere else "There is no ready endpoint"
    return nothing_arrives(
        Outcome.REJECTED,
        Basis.DOCUMENTED,
        "antrea:pkg/agent/openflow/service.go serviceNoEndpointFlow",
        f"{what}: AntreaProxy answers with a reset.",
    )


def way(crossing: Crossing, wire: Wire) -> Way:
    """What becomes of a class of connections that AntreaProxy sends to a group of endpoints."""
    if crossing.is_hairpin:
        return _hairpin(crossing)
    if crossing.arrival.origin is Origin.POD:
        why = "AntreaProxy serves the cluster's Pods in OVS on their own Node and leaves their address as it is."
        basis = Basis.INFERRED if crossing.endpoint.host_network else Basis.DOCUMENTED
        return keeps_or_leaves(crossing, why, basis, _PIPELINE, (_choice(crossing),))
    if crossing.endpoint.host_network or crossing.endpoint.outside:
        if crossing.endpoint.outside and dsr_applies(crossing.arrival):
            return _lost_under_dsr(crossing, "an endpoint outside the cluster has no tunnel to it")
        return _back_out_of_the_gateway(crossing, wire)
    if crossing.endpoint.place is Place.LOCAL:
        return _local_pod(crossing)
    return _remote_pod(crossing, wire)


def _hairpin(crossing: Crossing) -> Way:
    arrival = crossing.arrival
    version = version_on(arrival.cluster, arrival.node)
    if version is not None and version < _HAIRPIN_BY_GATEWAY_SINCE:
        after = SeenSource(SeenKind.VIRTUAL, OLD_HAIRPIN_IP[arrival.access.family], arrival.node)
        source = f"{_PIPELINE} hairpinSNATFlow (v1.5)"
        why = "The Pod reaches itself: before Antrea v1.6 OVS shows it a virtual address of its own as client."
    else:
        after = gateway_source(arrival.cluster, arrival.node, arrival.access.family)
        source = f"{_PIPELINE} podHairpinSNATFlow"
        why = f"The Pod reaches itself: OVS shows it the address of antrea-gw0 of {arrival.node} as client."
    rewrite = source_rewrite("S8", f"{arrival.node} OVS SNAT", arrival.source, after, Basis.DOCUMENTED, source, why)
    return Way(Outcome.DELIVERED, after, (_choice(crossing), *rewrite), Basis.DOCUMENTED, source, why)


def _local_pod(crossing: Crossing) -> Way:
    arrival = crossing.arrival
    rewrites = (*_before_ovs(arrival), _choice(crossing))
    if arrival.origin is Origin.NODE:
        return Way(Outcome.DELIVERED, _entering(arrival), rewrites, Basis.INFERRED, _HOST_RULES, _why_node(arrival))
    if _rewrites_even_for_local_pods(arrival):
        why = f"Before Antrea v1.7 OVS writes the address of antrea-gw0 of {arrival.node} even for its own Pods."
        return _gateway_written(crossing, Basis.DOCUMENTED, why)
    why = f"The chosen Pod runs on {arrival.node}, the Node that took the packet: AntreaProxy rewrites no source."
    return Way(Outcome.DELIVERED, kept(arrival), rewrites, _arrival_basis(arrival), _GATEWAY_SNAT, why)


def _remote_pod(crossing: Crossing, wire: Wire) -> Way:
    arrival = crossing.arrival
    applies = dsr_applies(arrival)
    if applies:
        return _dsr(crossing, wire)
    nat = _remote_pod_nat(crossing, wire)
    if applies is None:
        settles = f"Whether DSR applies is not known: {arrival.cluster.antrea.why_no_config}"
        return either((_dsr(crossing, wire), nat), settles)
    return nat


def _remote_pod_nat(crossing: Crossing, wire: Wire) -> Way:
    arrival = crossing.arrival
    if wire is not Wire.TUNNEL:
        return _back_out_of_the_gateway(crossing, wire)
    rewrites = (*_before_ovs(arrival), _choice(crossing))
    if arrival.origin is Origin.NODE:
        return Way(Outcome.DELIVERED, _entering(arrival), rewrites, Basis.INFERRED, _GATEWAY_SNAT, _why_node(arrival))
    if arrival.access.kind is AccessKind.CLUSTER_IP:
        why = (
            "AntreaProxy rewrites no source for ClusterIP traffic from outside. The Pod's answer leaves from its own "
            f"Node with the Pod's address instead of coming back through {arrival.node}."
        )
        return Way(Outcome.LOST, kept(arrival), rewrites, Basis.INFERRED, _GATEWAY_SNAT, why)
    why = (
        f"The chosen Pod runs on another Node than {arrival.node}: OVS writes the address of antrea-gw0 of "
        f"{arrival.node}, so that the answer comes back through the tunnel."
    )
    return _gateway_written(crossing, _arrival_basis(arrival), why)


def _gateway_written(crossing: Crossing, basis: Basis, why: str) -> Way:
    """S2."""
    arrival = crossing.arrival
    after = gateway_source(arrival.cluster, arrival.node, arrival.access.family)
    place = f"{arrival.node} OVS SNAT"
    rewrite = source_rewrite("S2", place, arrival.source, after, basis, _GATEWAY_SNAT, why)
    rewrites = (*_before_ovs(arrival), _choice(crossing), *rewrite)
    return Way(Outcome.DELIVERED, after, rewrites, basis, _GATEWAY_SNAT, why)


def _back_out_of_the_gateway(crossing: Crossing, wire: Wire) -> Way:
    """S3, and S4 when the Node forwards the packet: what came by antrea-gw0 and leaves by it again."""
    arrival, endpoint = crossing.arrival, crossing.endpoint
    family = arrival.access.family
    is_pod = not endpoint.host_network and not endpoint.outside
    basis = Basis.DOCUMENTED if is_pod or arrival.origin is Origin.NODE else Basis.INFERRED
    virtual = virtual_source(arrival.cluster, arrival.node, family)
    inside = (
        "The packet came from antrea-gw0 and leaves OVS by it again, so OVS writes its virtual Service address "
        "to get the answer back."
    )
    place = f"{arrival.node} OVS SNAT"
    entering = _entering(arrival)
    first = source_rewrite("S3", place, entering.ip, virtual, basis, _GATEWAY_SNAT, inside)
    rewrites = (*_before_ovs(arrival), _choice(crossing), *first)
    if endpoint.place is Place.LOCAL:
        why = f"{inside} The endpoint on the host network of {arrival.node} sees that address."
        return Way(Outcome.DELIVERED, virtual, rewrites, basis, _GATEWAY_SNAT, why)
    after = leaves_with(arrival.cluster, arrival.node, endpoint, wire, family)
    outside = f"{arrival.node} then masquerades the virtual address to the one of the interface that it leaves by."
    place = _host_place(arrival, "postrouting")
    second = source_rewrite("S4", place, virtual.ip, after, basis, _HOST_RULES, outside)
    seen = seen_as(arrival, after)
    return Way(Outcome.DELIVERED, seen, (*rewrites, *second), basis, _GATEWAY_SNAT, f"{inside} {outside}")


def _dsr(crossing: Crossing, wire: Wire) -> Way:
    arrival, endpoint = crossing.arrival, crossing.endpoint
    if wire is Wire.WIREGUARD:
        return _lost_under_dsr(crossing, "with WireGuard there is no tunnel port to the backend Node")
    if wire is not Wire.TUNNEL:
        return _lost_under_dsr(crossing, "there is no tunnel to the backend Node")
    if arrival.access.family == 6:
        return _lost_under_dsr(crossing, "the tunnel flows of DSR know only IPv4")
    if crossing.deaf_to_dsr:
        why = (
            f"{arrival.node} runs DSR, but {endpoint.node or 'the backend Nodes'} report that they do not. "
            "Such connections are lost or rewritten; finish the rollout of the feature gate to settle it."
        )
        return nothing_arrives(Outcome.UNKNOWN, Basis.INFERRED, _DSR_SOURCE, why)
    backend = endpoint.node or "backend Node"
    why = (
        f"Under DSR {arrival.node} forwards the packet through the tunnel as it is. The backend Node chooses one of "
        f"its own Pods, and the answer goes straight to the client with source {arrival.access.address}."
    )
    choice = crossing.destination(
        f"{backend} OVS EndpointDNAT",
        "The backend Node chooses one of its own endpoints.",
        Basis.DOCUMENTED,
        _DSR_SOURCE,
    )
    return Way(Outcome.DELIVERED, kept(arrival), (choice,), Basis.DOCUMENTED, _DSR_SOURCE, why, direct_return=True)


def _lost_under_dsr(crossing: Crossing, because: str) -> Way:
    node = crossing.arrival.node
    why = f"DSR is asked for, but {because}: {node} does not forward the packet and does not fall back to NAT."
    return Way(Outcome.LOST, UNSEEN, (), Basis.INFERRED, _DSR_SOURCE, why)


def _entering(arrival: Arrival) -> SeenSource:
    """The source with which a packet enters OVS by antrea-gw0: the Node's own packets carry the gateway's."""
    if arrival.origin is not Origin.NODE:
        return kept(arrival)
    return seen_as(arrival, gateway_source(arrival.cluster, arrival.node, arrival.access.family))


def _before_ovs(arrival: Arrival) -> tuple[Rewrite, ...]:
    """What the host does before OVS: the NodePort's virtual destination, and S5 for the Node's own packets."""
    if arrival.access.kind is not AccessKind.NODE_PORT:
        return ()
    chain = "output" if arrival.origin is Origin.NODE else "prerouting"
    virtual = Rewrite(
        "D",
        RewriteKind.DNAT,
        _host_place(arrival, chain),
        arrival.dialled,
        endpoint_text(VIRTUAL_NODE_PORT_IP[arrival.access.family], arrival.access.port),
        Basis.DOCUMENTED,
        _HOST_RULES,
        "Antrea leads NodePort traffic into OVS under a virtual address.",
    )
    if arrival.origin is not Origin.NODE:
        return (virtual,)
    why = f"What {arrival.node} itself sends into antrea-gw0 leaves with the gateway's address."
    gateway = gateway_source(arrival.cluster, arrival.node, arrival.access.family)
    place = f"{arrival.node} iptables nat ANTREA-POSTROUTING"
    return (virtual, *source_rewrite("S5", place, arrival.source, gateway, Basis.INFERRED, _HOST_RULES, why))


def _choice(crossing: Crossing) -> Rewrite:
    arrival = crossing.arrival
    by_node_port = arrival.access.kind is AccessKind.NODE_PORT and arrival.origin is not Origin.POD
    before = endpoint_text(VIRTUAL_NODE_PORT_IP[arrival.access.family], arrival.access.port) if by_node_port else ""
    return crossing.destination(
        f"{arrival.node} OVS EndpointDNAT", "AntreaProxy chooses an endpoint.", Basis.DOCUMENTED, _PIPELINE, before
    )


def _host_place(arrival: Arrival, hook: str) -> str:
    """Where the host's rules of proxyAll are: in iptables, or in Antrea's own nftables table."""
    config = arrival.cluster.antrea.config
    if config and config.host_network_mode.lower() == "nftables":
        return f"{arrival.node} nftables antrea nat-{hook}-proxy-all"
    return f"{arrival.node} iptables nat ANTREA-{hook.upper()}"


def _why_node(arrival: Arrival) -> str:
    return f"What {arrival.node} itself sends enters OVS by antrea-gw0 with the gateway's address, which the Pod sees."


def _rewrites_even_for_local_pods(arrival: Arrival) -> bool:
    version = version_on(arrival.cluster, arrival.node)
    is_external_under_cluster = arrival.access.kind.is_external and not arrival.is_local_policy
    return is_external_under_cluster and version is not None and version < _SPARES_LOCAL_PODS_SINCE


def _arrival_basis(arrival: Arrival) -> Basis:
    """A Pod that came by another Node's NodePort was reasoned about, not read of."""
    return Basis.INFERRED if arrival.before else Basis.DOCUMENTED


def _honours_local_on_external_ip(version: Version) -> bool:
    for fixed in _LOCAL_ON_EXTERNAL_IP_SINCE:
        if version.release[:2] == fixed.release[:2]:
            return version >= fixed
    return version > _LOCAL_ON_EXTERNAL_IP_SINCE[-1]
