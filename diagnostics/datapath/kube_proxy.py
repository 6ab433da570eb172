"""What kube-proxy does to a connection: which endpoints it chooses from, and whether it masquerades.

kube-proxy decides by policy, not by endpoint: under externalTrafficPolicy Cluster everything that comes by an external
address is masqueraded, local endpoint or not. The address written is that of the interface by which the packet
leaves. All of it was measured with kube-proxy v1.36.2 in iptables and nftables mode (tests/oracle); ipvs was not.
"""

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
from diagnostics.datapath.local_detector import has_detector, is_taken_for_local, within
from diagnostics.datapath.path import (
    EXAMPLE_CLIENT_V4,
    EXAMPLE_CLIENT_V6,
    AccessKind,
    Basis,
    Outcome,
    Place,
    Rewrite,
    SeenKind,
    VantageKind,
    Wire,
)
from diagnostics.datapath.wire import leaves_with

_PROXIERS = {
    "iptables": "k8s:pkg/proxy/iptables/proxier.go",
    "nftables": "k8s:pkg/proxy/nftables/proxier.go",
    "ipvs": "k8s:pkg/proxy/ipvs/proxier.go",
}
_MASQUERADE_PLACES = {
    "iptables": "iptables nat KUBE-POSTROUTING",
    "nftables": "nftables kube-proxy masquerading",
    "ipvs": "iptables nat KUBE-POSTROUTING",
}
_CHOICE_PLACES = {
    "iptables": "iptables nat KUBE-SERVICES",
    "nftables": "nftables kube-proxy services",
    "ipvs": "IPVS virtual server",
}


def refuses(arrival: Arrival) -> Way | None:
    """The answer when `loadBalancerSourceRanges` shuts the client out; it guards the load-balancer IP alone.

    Clients of the cluster are judged like others (measured). The example client stands for one that is let in.
    """
    ranges = arrival.case.service.source_ranges
    is_example = arrival.client.kind is VantageKind.EXTERNAL and arrival.client.ip in (
        EXAMPLE_CLIENT_V4,
        EXAMPLE_CLIENT_V6,
    )
    if not ranges or is_example or arrival.access.kind is not AccessKind.LOAD_BALANCER:
        return None
    if within(arrival.source, ranges):
        return None
    return nothing_arrives(
        Outcome.DROPPED,
        Basis.MEASURED,
        _proxier(arrival),
        f"loadBalancerSourceRanges does not hold {arrival.source}: kube-proxy drops it at the load-balancer IP.",
    )


def chooses_local_only(arrival: Arrival) -> bool:
    """Whether only endpoints of this Node are candidates: policy Local, unless the client is of the cluster."""
    if arrival.access.kind is AccessKind.CLUSTER_IP:
        return arrival.is_local_policy
    return arrival.is_local_policy and not _is_of_the_cluster(arrival) and not _may_be_spared(arrival)


def no_candidate(arrival: Arrival, *, exist_elsewhere: bool) -> Way:
    """The answer when there is nothing to choose: dropped if other Nodes have endpoints, refused if none does."""
    policy = "internalTrafficPolicy" if arrival.access.kind is AccessKind.CLUSTER_IP else "externalTrafficPolicy"
    source = _proxier(arrival)
    if not exist_elsewhere:
        why = "The Service has no ready endpoint, so kube-proxy refuses the connection."
        return nothing_arrives(Outcome.REJECTED, _basis(arrival), source, why)
    if _mode(arrival) == "ipvs":
        why = f"{policy} is Local and {arrival.node} has no endpoint: IPVS has no server to send to and refuses."
        return nothing_arrives(Outcome.REJECTED, Basis.INFERRED, source, why)
    why = f"{policy} is Local and {arrival.node} has no endpoint: kube-proxy drops the packets, the client times out."
    return nothing_arrives(Outcome.DROPPED, _basis(arrival), source, why)


def way(crossing: Crossing, wire: Wire) -> Way:
    """What becomes of a class of connections that kube-proxy sends to a group of endpoints."""
    arrival = crossing.arrival
    unsettled = _unsettled(crossing)
    if unsettled:
        return unsettled
    basis, source = _basis(arrival), _proxier(arrival)
    place = f"{arrival.node} kube-proxy {_CHOICE_PLACES[_mode(arrival)]}"
    choice = crossing.destination(place, "kube-proxy chooses an endpoint.", basis, source)
    reason = _masquerade_reason(crossing)
    endpoint = crossing.endpoint
    if reason and endpoint.host_network and endpoint.place is Place.LOCAL:
        why = (
            f"The endpoint is on the host network of {arrival.node} itself: the packet never leaves the Node, so "
            "the masquerade that kube-proxy asked for does not happen."
        )
        return Way(Outcome.DELIVERED, kept(arrival), (choice,), basis, source, why)
    if reason:
        return _masqueraded(crossing, wire, choice, reason)
    if _answer_goes_astray(crossing):
        why = (
            "kube-proxy has no clusterCIDR, so it does not masquerade clients from outside the cluster. The endpoint "
            f"answers them past {arrival.node}, with an address that they did not dial."
        )
        return Way(Outcome.LOST, kept(arrival), (choice,), basis, source, why)
    return keeps_or_leaves(crossing, _why_kept(arrival), basis, source, (choice,))


def _masqueraded(crossing: Crossing, wire: Wire, choice: Rewrite, reason: str) -> Way:
    arrival = crossing.arrival
    basis, source = _basis(arrival), _proxier(arrival)
    after = leaves_with(arrival.cluster, arrival.node, crossing.endpoint, wire, arrival.access.family)
    through_gateway = after.kind is SeenKind.GATEWAY
    by_host = arrival.origin is Origin.NODE and arrival.access.kind is AccessKind.CLUSTER_IP and through_gateway
    if by_host:
        source = "antrea:pkg/agent/route/route_linux.go restoreIptablesData"
        place = f"{arrival.node} iptables nat ANTREA-POSTROUTING"
    else:
        place = f"{arrival.node} kube-proxy {_MASQUERADE_PLACES[_mode(arrival)]}"
    interface = "antrea-gw0" if through_gateway else arrival.node
    if wire is Wire.WIREGUARD and crossing.endpoint.place is Place.REMOTE and through_gateway:
        interface = "antrea-gw0, which antrea-wg0 shares"
    target = "endpoint" if crossing.endpoint.host_network or crossing.endpoint.outside else "Pod"
    why = f"{reason} The {target} sees the address of {interface}, by which the packet leaves."
    masquerade = source_rewrite("S5" if by_host else "S1", place, arrival.source, after, basis, source, why)
    seen = seen_as(arrival, after)
    if not masquerade:
        why = f"The packet leaves by {arrival.node}'s own address, which is the address that it came with."
    return Way(Outcome.DELIVERED, seen, (choice, *masquerade), basis, source, why)


def _masquerade_reason(crossing: Crossing) -> str:
    """Why kube-proxy (or the Node) masquerades, as a sentence; empty when nothing does."""
    arrival = crossing.arrival
    node = arrival.node
    if crossing.is_hairpin:
        return f"The Pod reaches itself: without a rewrite the answer would never pass {node} again."
    if arrival.access.kind is not AccessKind.CLUSTER_IP:
        if not arrival.is_local_policy:
            comer = (
                "every connection to an external address" if _is_of_the_cluster(arrival) else "what comes from outside"
            )
            return (
                f"Under externalTrafficPolicy Cluster kube-proxy masquerades {comer}, "
                f"so that the answer comes back through {node}."
            )
        return f"kube-proxy masquerades what {node} itself sends." if arrival.origin is Origin.NODE else ""
    if arrival.origin is Origin.NODE:
        return f"What {node} itself sends to a Pod leaves with the address of the interface."
    kube_proxy = arrival.cluster.kube_proxy
    if kube_proxy.masquerade_all:
        return "kube-proxy runs with masqueradeAll."
    detects = has_detector(arrival.cluster, node, arrival.access.family)
    if not detects or _is_of_the_cluster(arrival):
        return ""
    if arrival.origin is Origin.POD:
        return f"kube-proxy does not take {arrival.source} for a Pod of {node} ({kube_proxy.detect_local_mode})."
    return f"kube-proxy masquerades ClusterIP traffic from outside the cluster, to get the answer back on {node}."


def _why_kept(arrival: Arrival) -> str:
    if arrival.access.kind is AccessKind.CLUSTER_IP:
        return "kube-proxy leaves the source of ClusterIP traffic as it is."
    if _is_of_the_cluster(arrival):
        return "externalTrafficPolicy is Local: kube-proxy sends the cluster's own Pods to any endpoint, unmasqueraded."
    return "externalTrafficPolicy is Local: kube-proxy uses only this Node's endpoints and keeps the client's address."


def _answer_goes_astray(crossing: Crossing) -> bool:
    """ClusterIP traffic of a routed client outside, unmasqueraded: only the ingress Node could undo the DNAT."""
    is_routed = crossing.arrival.origin is Origin.OUTSIDE and crossing.arrival.access.kind is AccessKind.CLUSTER_IP
    return is_routed and crossing.endpoint.place is Place.REMOTE


def _unsettled(crossing: Crossing) -> Way | None:
    """The answer where a fact that decides is missing or nobody has measured it."""
    arrival = crossing.arrival
    kube_proxy = arrival.cluster.kube_proxy
    is_cluster_ip = arrival.access.kind is AccessKind.CLUSTER_IP
    if is_cluster_ip and not kube_proxy.config_read and arrival.origin is not Origin.NODE and not crossing.is_hairpin:
        outcome = Outcome.DELIVERED if arrival.origin is Origin.POD else Outcome.UNKNOWN
        why = f"masqueradeAll and clusterCIDR of kube-proxy decide this. {kube_proxy.why_unknown}"
        return Way(outcome, UNSEEN, (), Basis.INFERRED, _proxier(arrival), why)
    if not is_cluster_ip and arrival.is_local_policy and _may_be_spared(arrival) and not crossing.is_hairpin:
        why = f"Whether kube-proxy spares Pods under Local is in its detectLocalMode. {kube_proxy.why_unknown}"
        return nothing_arrives(Outcome.UNKNOWN, Basis.INFERRED, _proxier(arrival), why)
    inside = arrival.origin is not Origin.OUTSIDE
    if kube_proxy.mode in ("ipvs", "unknown") and inside and arrival.is_local_policy and not is_cluster_ip:
        why = "Whether kube-proxy in ipvs mode spares the cluster's own clients under Local was not measured."
        if kube_proxy.mode == "unknown":
            why = f"In ipvs mode nobody has measured what Local does to the cluster's own. {kube_proxy.why_unknown}"
        return nothing_arrives(Outcome.UNKNOWN, Basis.INFERRED, _proxier(arrival), why)
    return None


def _may_be_spared(arrival: Arrival) -> bool:
    """Whether the client comes as a Pod and nobody knows how kube-proxy tells Pods."""
    may_be_rewritten = bool(arrival.before) and arrival.cluster.antrea.config is not None
    came_as_pod = arrival.client.kind in (VantageKind.POD, VantageKind.SELF) and not may_be_rewritten
    return came_as_pod and arrival.origin is not Origin.NODE and not arrival.cluster.kube_proxy.config_read


def _is_of_the_cluster(arrival: Arrival) -> bool:
    """Whether kube-proxy takes the client for the Node's own: a process of the Node, or a Pod that it can tell."""
    if arrival.origin is Origin.NODE:
        return True
    came_as_pod = arrival.client.kind in (VantageKind.POD, VantageKind.SELF) and not arrival.before
    from_here = arrival.origin is Origin.POD
    return came_as_pod and is_taken_for_local(arrival.cluster, arrival.node, arrival.source, through_gateway=from_here)


def _mode(arrival: Arrival) -> str:
    """The mode whose places are named; iptables when it is not known, for all modes show the same."""
    mode = arrival.cluster.kube_proxy.mode
    return mode if mode in _PROXIERS else "iptables"


def _proxier(arrival: Arrival) -> str:
    return _PROXIERS[_mode(arrival)]


def _basis(arrival: Arrival) -> Basis:
    """Measured for what was run: iptables and nftables, encap (also WireGuard's route) and noEncap."""
    if arrival.cluster.kube_proxy.mode not in ("iptables", "nftables"):
        return Basis.INFERRED
    config = arrival.cluster.antrea.config
    return Basis.MEASURED if config and config.encap_mode in ("encap", "noencap") else Basis.DOCUMENTED
