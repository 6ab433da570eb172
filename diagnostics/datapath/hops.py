"""The stations of a Path, for drawing and for the ribbon that shows a packet's addresses at each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from diagnostics.datapath.access import endpoint_text
from diagnostics.datapath.handler import handled
from diagnostics.datapath.path import (
    AccessKind,
    Handler,
    Outcome,
    Path,
    Place,
    Rewrite,
    SeenKind,
    VantageKind,
    Wire,
)
from diagnostics.model.case import Case


class HopKind(StrEnum):
    """What a station is."""

    CLIENT = "client"
    ENTRY = "entry"
    INGRESS = "ingress"
    WIRE = "wire"
    BACKEND = "backend"
    POD = "pod"


@dataclass(frozen=True, slots=True)
class Hop:
    """One station. The packet's source and destination are those with which it leaves the station.

    At the endpoint they are those with which it arrives. `rewrites` happen here; `why` and `source` explain the
    station in a sentence for a person, empty where there is nothing to explain.
    """

    kind: HopKind
    title: str
    lines: tuple[str, ...]
    packet_source: str
    packet_destination: str
    rewrites: tuple[Rewrite, ...] = ()
    why: str = ""
    source: str = ""


OUTCOMES = {
    Outcome.DELIVERED: "delivered",
    Outcome.DROPPED: "dropped: the client times out",
    Outcome.REJECTED: "rejected: the client gets a reset or an ICMP error",
    Outcome.LOST: "lost: accepted, but without a working way",
    Outcome.UNHANDLED: "unhandled: nobody serves this address",
    Outcome.UNKNOWN: "cannot tell",
}

_HANDLERS = {
    Handler.KUBE_PROXY: "kube-proxy",
    Handler.ANTREA_PROXY: "AntreaProxy",
    Handler.NONE: "nobody handles it",
    Handler.UNDEFINED: "handler not known",
}
_CLIENTS = {
    VantageKind.EXTERNAL: "client outside",
    VantageKind.NODE: "process on",
    VantageKind.POD: "Pod",
    VantageKind.SELF: "the endpoint itself",
}


def hops(path: Path, case: Case) -> tuple[Hop, ...]:
    """The stations in order: client, entry address, ingress Node, wire, backend Node, Pod; then a direct return.

    A Path that reaches no endpoint ends at the ingress Node, or at the entry when no Node takes it.
    """
    return tuple(_hops(path, case))


def dialled(path: Path, case: Case) -> str:
    """Address and port that the client dials; for a NodePort the InternalIP of the ingress Node."""
    address = path.access.address or case.cluster.node_ip(path.ingress, path.access.family)
    return endpoint_text(address, path.access.port)


def source_after(path: Path) -> str:
    """The source with which the packet leaves the ingress Node; two joined by "or" when it cannot be told which."""
    if path.seen.kind is not SeenKind.UNKNOWN:
        return path.seen.ip or path.client.ip
    passing = {rewrite.before for rewrite in path.snat}
    last = [rewrite.after for rewrite in path.snat if rewrite.after not in passing]
    return " or ".join(dict.fromkeys(last)) or path.client.ip


def _hops(path: Path, case: Case) -> Iterator[Hop]:
    target = dialled(path, case)
    on_the_way, here, there = _rewrites_by_station(path)
    yield Hop(HopKind.CLIENT, _client(path), (path.client.ip,), path.client.ip, target)
    source = on_the_way[-1].after if on_the_way else path.client.ip
    policy = _policy(path, case)
    yield Hop(HopKind.ENTRY, f"{path.access.kind.value} {target}", (policy,), source, target, on_the_way)
    if not path.ingress:
        yield Hop(HopKind.INGRESS, "no Node", (OUTCOMES[path.outcome],), source, target, (), path.why, path.source)
        return
    if path.endpoint.place is Place.NONE:
        lines = (_HANDLERS[path.handler], OUTCOMES[path.outcome], *_twins(path))
        yield Hop(HopKind.INGRESS, path.ingress, lines, source, target, here, path.why, path.source)
        return
    answer = handled(case, path.access, path.ingress, path.client)
    source = source_after(path)
    choices = [rewrite.after for rewrite in here if rewrite.id == "D"]
    chosen = choices[-1] if choices else target
    lines = (_HANDLERS[path.handler], *_twins(path))
    yield Hop(HopKind.INGRESS, path.ingress, lines, source, chosen, here, answer.why, answer.source)
    if path.wire not in (Wire.SAME_NODE, Wire.NONE):
        yield Hop(HopKind.WIRE, path.wire.value, (_far_end(path),), source, chosen)
    yield from _at_the_endpoint(path, case, source, chosen, there)
    if path.direct_return and path.outcome is Outcome.DELIVERED:
        why = f"Under DSR the answer does not come back through {path.ingress}."
        yield Hop(
            HopKind.WIRE, "direct return", (f"from {_far_end(path)}",), target, path.client.ip, (), why, path.source
        )


def _at_the_endpoint(path: Path, case: Case, source: str, chosen: str, there: tuple[Rewrite, ...]) -> Iterator[Hop]:
    arrived = there[-1].after if there else chosen
    endpoint = path.endpoint
    gateway = case.cluster.gateway_ip(endpoint.node, path.access.family) if endpoint.node else ""
    lines = (f"antrea-gw0 {gateway}",) if gateway and not endpoint.outside else ()
    yield Hop(HopKind.BACKEND, _far_end(path), lines, source, arrived, there)
    delivered = path.outcome is Outcome.DELIVERED
    seen = f"sees {source}" if delivered else OUTCOMES[path.outcome]
    share = f"{path.share.endpoints} of {path.share.of} endpoints"
    yield Hop(HopKind.POD, _members(path, case), (seen, share), source, arrived, (), path.why, path.source)


def _rewrites_by_station(path: Path) -> tuple[tuple[Rewrite, ...], tuple[Rewrite, ...], tuple[Rewrite, ...]]:
    """The rewrites on the client's own Node, on the ingress Node and on the backend Node."""
    if path.direct_return:
        return (), (), path.rewrites
    own = path.client.node
    on_the_way = tuple(
        rewrite for rewrite in path.rewrites if own and own != path.ingress and rewrite.where.startswith(f"{own} ")
    )
    return on_the_way, path.rewrites[len(on_the_way) :], ()


def _client(path: Path) -> str:
    match path.client.kind:
        case VantageKind.NODE:
            return f"{_CLIENTS[path.client.kind]} {path.client.node}"
        case VantageKind.POD | VantageKind.SELF:
            return path.client.name or _CLIENTS[path.client.kind]
    return _CLIENTS[path.client.kind]


def _policy(path: Path, case: Case) -> str:
    if path.access.kind is AccessKind.CLUSTER_IP:
        return f"internalTrafficPolicy {case.service.spec.internal_traffic_policy}"
    return f"externalTrafficPolicy {case.service.external_policy}"


def _twins(path: Path) -> tuple[str, ...]:
    count = len(path.twins)
    return (f"and {count} more Node{'s' if count > 1 else ''} like it",) if count else ()


def _far_end(path: Path) -> str:
    endpoint = path.endpoint
    if endpoint.outside:
        return "outside the cluster"
    return endpoint.node or "several Nodes"


def _members(path: Path, case: Case) -> str:
    addresses = path.endpoint.addresses
    what = "endpoints" if path.endpoint.host_network or path.endpoint.outside else "Pods"
    if len(addresses) > 1:
        return f"{len(addresses)} {what}"
    pod = next((item.pod for item in case.all_backends if item.address == addresses[0]), "")
    return pod or addresses[0]
