"""One class of connections as it reaches its ingress Node, and what a datapath answers for it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from diagnostics.datapath.access import endpoint_text
from diagnostics.datapath.addresses import is_host, is_policy_only, is_windows, node_source
from diagnostics.datapath.path import (
    EXAMPLE_CLIENT_V4,
    EXAMPLE_CLIENT_V6,
    Access,
    AccessKind,
    Basis,
    EndpointGroup,
    Outcome,
    Place,
    Rewrite,
    RewriteKind,
    SeenKind,
    SeenSource,
    Vantage,
    VantageKind,
)
from diagnostics.model.case import Case, Cluster


class Origin(StrEnum):
    """What the client is to the Node that handles the address; another Node's Pods arrive as from outside."""

    OUTSIDE = "outside"
    POD = "a Pod of this Node"
    NODE = "this Node itself"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Connections to an access as they reach a Node.

    `source` is the address they arrive with; `before` are rewrites that happened on the client's own Node.
    """

    case: Case
    access: Access
    node: str
    client: Vantage
    origin: Origin
    source: str
    before: tuple[Rewrite, ...] = ()

    @property
    def cluster(self) -> Cluster:
        """The cluster of the Case."""
        return self.case.cluster

    @property
    def dialled(self) -> str:
        """Address and port that the client dials; for a NodePort the Node's InternalIP."""
        address = self.access.address or self.cluster.node_ip(self.node, self.access.family)
        return endpoint_text(address, self.access.port)

    @property
    def is_local_policy(self) -> bool:
        """Whether the traffic policy that governs this access is Local."""
        if self.access.kind is AccessKind.CLUSTER_IP:
            return self.case.service.spec.internal_traffic_policy == "Local"
        return self.case.service.external_policy == "Local"


@dataclass(frozen=True, slots=True)
class Crossing:
    """An Arrival and one group of endpoints that it may be sent to.

    `deaf_to_dsr`: the agents of the backend Nodes report that they run no DSR.
    """

    arrival: Arrival
    endpoint: EndpointGroup
    target_port: int
    deaf_to_dsr: bool = False

    @property
    def is_hairpin(self) -> bool:
        """Whether the client is the endpoint itself."""
        return self.arrival.origin is Origin.POD and self.endpoint.addresses == (self.arrival.source,)

    @property
    def chosen(self) -> str:
        """Address and port of one endpoint of the group, as an example of what the destination becomes."""
        return endpoint_text(self.endpoint.addresses[0], self.target_port)

    def destination(self, where: str, why: str, basis: Basis, source: str, before: str = "") -> Rewrite:
        """The DNAT to an endpoint."""
        count = len(self.endpoint.addresses)
        example = f" One of {count} endpoints of this class is shown." if count > 1 else ""
        before = before or self.arrival.dialled
        return Rewrite("D", RewriteKind.DNAT, where, before, self.chosen, basis, source, why + example)


@dataclass(frozen=True, slots=True)
class Way:
    """What a datapath answers: the outcome of a Crossing, the address seen, the rewrites, and why."""

    outcome: Outcome
    seen: SeenSource
    rewrites: tuple[Rewrite, ...]
    basis: Basis
    source: str
    why: str
    direct_return: bool = False


UNSEEN = SeenSource(SeenKind.UNKNOWN)


def nothing_arrives(outcome: Outcome, basis: Basis, source: str, why: str) -> Way:
    """The answer for connections that reach no endpoint."""
    return Way(outcome, UNSEEN, (), basis, source, why)


def source_rewrite(
    id: str,
    where: str,
    before: str,
    after: SeenSource,
    basis: Basis,
    source: str,
    why: str,
) -> tuple[Rewrite, ...]:
    """The SNAT as a tuple to be joined to others; empty when it would leave the address as it is.

    `after` is "unknown" in the rewrite when the API does not tell the address.
    """
    if before == after.ip:
        return ()
    return (Rewrite(id, RewriteKind.SNAT, where, before, after.ip or "unknown", basis, source, why),)


def kept(arrival: Arrival) -> SeenSource:
    """The seen source when nothing rewrites it on this Node; unknown where its first Node may have, or not."""
    if arrival.before and arrival.cluster.antrea.config is None:
        return UNSEEN
    if arrival.before:
        return node_source(arrival.cluster, arrival.client.node, arrival.access.family)
    is_pod = arrival.client.kind in (VantageKind.POD, VantageKind.SELF) and not is_host(arrival.cluster, arrival.client)
    kind = SeenKind.POD if is_pod else SeenKind.CLIENT
    return SeenSource(kind, arrival.source, arrival.client.node)


def seen_as(arrival: Arrival, source: SeenSource) -> SeenSource:
    """The source after a masquerade; the client itself where the masquerade writes the address that was there."""
    return kept(arrival) if source.ip and source.ip == arrival.source else source


def masquerades_pods(cluster: Cluster) -> bool:
    """Whether Pods leave the cluster with their Node's address (S6)."""
    config = cluster.antrea.config
    return not (config and config.no_snat) and not is_policy_only(cluster)


def leaving_node(cluster: Cluster, client: Vantage, family: int) -> tuple[Rewrite, ...]:
    """S6, on Windows S10: a Pod's packets to what is no Pod leave with the address of its Node."""
    if not masquerades_pods(cluster):
        return ()
    if is_windows(cluster, client.node):
        source = "antrea:pkg/agent/route/route_windows.go Initialize"
        why = (
            f"NetNat lets a Pod's packet to an address that is no Pod leave {client.node} with the Node's own address."
        )
        place, after = f"{client.node} NetNat antrea-nat", node_source(cluster, client.node, family)
        return source_rewrite("S10", place, client.ip, after, Basis.INFERRED, source, why)
    return source_rewrite(
        "S6",
        f"{client.node} iptables nat ANTREA-POSTROUTING",
        client.ip,
        node_source(cluster, client.node, family),
        Basis.MEASURED,
        "antrea:pkg/agent/route/route_linux.go restoreIptablesData",
        f"A Pod's packet to an address that is no Pod leaves {client.node} with the Node's own address.",
    )


def keeps_or_leaves(crossing: Crossing, why: str, basis: Basis, source: str, done: tuple[Rewrite, ...]) -> Way:
    """The answer where the proxy rewrites no source: the client's address, or S6 for a Pod that leaves the Pods."""
    arrival, endpoint = crossing.arrival, crossing.endpoint
    leaves_pods = endpoint.place is Place.REMOTE and (endpoint.host_network or endpoint.outside)
    if arrival.origin is Origin.POD and leaves_pods:
        masquerade = leaving_node(arrival.cluster, arrival.client, arrival.access.family)
        if masquerade:
            if arrival.cluster.antrea.config is None:
                why = f"Whether Antrea masquerades it (noSNAT) is not known: {arrival.cluster.antrea.why_no_config}"
                return Way(Outcome.DELIVERED, UNSEEN, (*done, *masquerade), Basis.INFERRED, source, why)
            seen = node_source(arrival.cluster, arrival.client.node, arrival.access.family)
            return Way(Outcome.DELIVERED, seen, (*done, *masquerade), basis, source, masquerade[0].why)
    return Way(Outcome.DELIVERED, kept(arrival), done, basis, source, why)


def arrive(case: Case, access: Access, node: str, client: Vantage) -> Arrival:
    """The connections of a client as they reach a Node: from inside it, or from outside."""
    if client.kind is VantageKind.EXTERNAL or not client.node:
        return Arrival(case, access, node, client, Origin.OUTSIDE, client.ip)
    stands_on_node = is_host(case.cluster, client)
    if client.node == node:
        return Arrival(case, access, node, client, Origin.NODE if stands_on_node else Origin.POD, client.ip)
    before = () if stands_on_node else leaving_node(case.cluster, client, access.family)
    source = before[-1].after if before else client.ip
    return Arrival(case, access, node, client, Origin.OUTSIDE, source, before)


def placed(case: Case, vantage: Vantage, family: int) -> Vantage | None:
    """The vantage with its own address of a family and its Node filled in; None when it has no such address.

    An external client without address, or with the example's, stands for clients of either family. `self` without
    address is the first Pod among the Service's endpoints.
    """
    cluster = case.cluster
    match vantage.kind:
        case VantageKind.EXTERNAL:
            examples = {4: EXAMPLE_CLIENT_V4, 6: EXAMPLE_CLIENT_V6}
            if not vantage.ip or vantage.ip in examples.values():
                return replace(vantage, ip=examples[family])
        case VantageKind.NODE:
            if not _is_of(vantage.ip, family):
                vantage = replace(vantage, ip=cluster.node_ip(vantage.node, family))
        case VantageKind.POD:
            vantage = _pod(case, vantage, family)
        case VantageKind.SELF:
            vantage = _self(case, vantage, family)
    return vantage if _is_of(vantage.ip, family) else None


def _pod(case: Case, vantage: Vantage, family: int) -> Vantage:
    known = case.snapshot.pod_by_key.get(vantage.name)
    if known is None:
        return vantage
    own = next((ip for ip in known.ips if _is_of(ip, family)), "")
    return replace(
        vantage, ip=vantage.ip if _is_of(vantage.ip, family) else own, node=vantage.node or known.spec.node_name
    )


def _self(case: Case, vantage: Vantage, family: int) -> Vantage:
    backends = [item for item in case.all_backends if _is_of(item.address, family) and not item.outside]
    same = [item for item in backends if item.address == vantage.ip]
    named = [item for item in backends if vantage.name and f"{case.namespace}/{item.pod}" == vantage.name]
    if vantage.ip and not same and not named:
        return vantage
    own = next(iter([*same, *named, *(item for item in backends if not item.host_network), *backends]), None)
    if own is None:
        return vantage
    name = f"{case.namespace}/{own.pod}" if own.pod else vantage.name
    return Vantage(VantageKind.SELF, own.address, own.node, name)


def _is_of(address: str, family: int) -> bool:
    return bool(address) and (":" in address) == (family == 6)
