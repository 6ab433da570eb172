"""Which endpoints a Node chooses from: the ready ones, its own under policy Local, those that topology hints leave it.

Hints narrow the choice of a Node under policy Cluster when every ready endpoint carries one and some are meant for
the Node (PreferSameNode) or its zone (PreferSameZone, PreferClose, topology-mode Auto); else they are ignored there.
Policy Local never looks at hints, but falls back, Node by Node, to endpoints that serve while they terminate.
k8s:pkg/proxy/topology.go, antrea:pkg/agent/proxy/topology.go.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from packaging.version import Version

from diagnostics.datapath.handler import version_on
from diagnostics.datapath.path import Access, Handler
from diagnostics.model.agent_config import (
    NODE_HINTS_GATE,
    TRAFFIC_DISTRIBUTION_GATE,
    ZONE_HINTS_GATE,
    AgentConfig,
    parse_version,
)
from diagnostics.model.case import Backend, Case, Cluster

ZONE_LABEL = "topology.kubernetes.io/zone"
_ANNOTATIONS = ("service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints")

# kube-proxy's gates by Kubernetes release: k8s:pkg/features/kube_features.go
_KUBE_ZONES_SINCE = Version("1.24")
_KUBE_UNASKED_SINCE = Version("1.31")
_KUBE_NODES_SINCE = Version("1.34")
# Antrea's gates: antrea:docs/feature-gates.md
_ANTREA_ZONES_EXIST_SINCE = Version("1.8")
_ANTREA_LOCKED_SINCE = Version("2.5")
_ANTREA_NODES_EXIST_SINCE = Version("2.5")


class Asked(StrEnum):
    """When a proxy obeys zone hints: never, for Services with the topology annotation, always, or not known."""

    NEVER = "never"
    BY_ANNOTATION = "by annotation"
    ALWAYS = "always"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Obedience:
    """How a proxy on a Node takes topology hints; `nodes` is None when that is not known."""

    zones: Asked
    nodes: bool | None


@dataclass(frozen=True, slots=True)
class Terrain:
    """The zone of a Node, empty without label, and how kube-proxy and AntreaProxy there take hints."""

    zone: str
    obeys: tuple[Obedience, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The endpoints that a Node chooses from; `note` is a sentence where hints narrow it, or may."""

    backends: tuple[Backend, ...]
    note: str = ""


@dataclass(frozen=True)
class Hinted:
    """The servers of an access, sorted once by what their hints say.

    `by_node` and `zones` are empty when hints of that kind are ignored because a ready endpoint has none.
    """

    ready: tuple[Backend, ...]
    draining: tuple[Backend, ...]
    by_node: dict[str, tuple[Backend, ...]]
    zones: frozenset[str]


def servers(case: Case, access: Access) -> Hinted:
    """Everything that some Node may send the access to."""
    return case.once(_servers)[access.port_name, access.protocol, access.family]


def choice(case: Case, access: Access, node: str, handler: Handler, *, local_only: bool) -> Choice:
    """What a Node chooses from when the handler serves the access there."""
    known = servers(case, access)
    if local_only:
        own = tuple(backend for backend in known.ready if backend.node == node)
        return Choice(own or tuple(backend for backend in known.draining if backend.node == node))
    if not known.ready:
        return Choice(known.draining)
    everything = Choice(known.ready)
    if handler not in (Handler.KUBE_PROXY, Handler.ANTREA_PROXY) or not (known.by_node or known.zones):
        return everything
    obeys = obedience(case.cluster, node, handler)
    by_node = _narrowed(known, known.by_node.get(node, ()), f"{node} to the endpoints meant for it")
    known_node = case.cluster.nodes.get(node)
    zone = known_node.metadata.labels.get(ZONE_LABEL, "") if known_node else ""
    near = [item for item in known.ready if zone in item.for_zones] if zone in known.zones else []
    by_zone = _narrowed(known, near, f"{node} to the endpoints meant for its zone {zone}")
    zones = _zones_count(obeys.zones, case)
    if by_node and obeys.nodes:
        return by_node
    if by_node and obeys.nodes is None:
        return _perhaps(known, node)
    if by_zone and zones is None:
        return _perhaps(known, node)
    return by_zone if by_zone and zones else everything


def mark(case: Case, access: Access, node: str) -> tuple[object, ...]:
    """What the hints make of a Node, whoever handles the access: Nodes with the same mark choose alike.

    Empty where there are no hints, or none that count.
    """
    known = servers(case, access)
    if not known.by_node and not known.zones:
        return ()
    terrain = terrains(case.cluster).get(node)
    zone = terrain.zone if terrain else ""
    in_zone: tuple[object, ...] = ()
    if zone in known.zones:
        in_zone = (zone, _counts(item for item in known.ready if item.node == node and zone in item.for_zones))
    obeys = terrain.obeys if terrain else ()
    meant = known.by_node.get(node, ())
    if all(item.node == node for item in meant):
        return (obeys, in_zone, _counts(meant))
    return (obeys, in_zone, tuple(item.address for item in meant))


def obedience(cluster: Cluster, node: str, handler: Handler) -> Obedience:
    """How the proxy on a Node takes hints, by its release and gates; kube-proxy is of the kubelet's release."""
    return _kube_proxy(cluster, node) if handler is Handler.KUBE_PROXY else _antrea(cluster, node)


def terrains(cluster: Cluster) -> dict[str, Terrain]:
    """What makes Nodes differ to hints, by name."""
    return cluster.once_of_nodes(_terrains)


def _terrains(cluster: Cluster) -> dict[str, Terrain]:
    proxies = (Handler.KUBE_PROXY, Handler.ANTREA_PROXY)
    return {
        name: Terrain(
            node.metadata.labels.get(ZONE_LABEL, ""), tuple(obedience(cluster, name, proxy) for proxy in proxies)
        )
        for name, node in cluster.nodes.items()
    }


def _kube_proxy(cluster: Cluster, node: str) -> Obedience:
    known = cluster.nodes.get(node)
    told = known.status.node_info.kubelet_version if known else ""
    release = parse_version(told or cluster.snapshot.kubernetes_version)
    if release is None:
        return Obedience(Asked.UNKNOWN, None)
    gates = cluster.kube_proxy.feature_gates
    zones, unasked, nodes = (
        gates.get(gate, release >= since)
        for gate, since in (
            (ZONE_HINTS_GATE, _KUBE_ZONES_SINCE),
            (TRAFFIC_DISTRIBUTION_GATE, _KUBE_UNASKED_SINCE),
            (NODE_HINTS_GATE, _KUBE_NODES_SINCE),
        )
    )
    asked = Asked.ALWAYS if unasked else Asked.BY_ANNOTATION
    return Obedience(asked if zones else Asked.NEVER, nodes)


def _antrea(cluster: Cluster, node: str) -> Obedience:
    release = version_on(cluster, node)
    if release is None:
        return Obedience(Asked.UNKNOWN, None)
    config = cluster.antrea.config
    gates = config or AgentConfig()
    if release >= _ANTREA_LOCKED_SINCE or gates.gate(TRAFFIC_DISTRIBUTION_GATE, release):
        zones = Asked.ALWAYS
    elif release >= _ANTREA_ZONES_EXIST_SINCE and gates.gate(ZONE_HINTS_GATE, release):
        zones = Asked.BY_ANNOTATION
    else:
        zones = Asked.NEVER
    if release < _ANTREA_NODES_EXIST_SINCE:
        return Obedience(zones, False)
    return Obedience(zones, gates.gate(NODE_HINTS_GATE, release) if config else None)


def _zones_count(asked: Asked, case: Case) -> bool | None:
    if asked is Asked.BY_ANNOTATION:
        annotations = case.service.metadata.annotations
        return any(annotations.get(key, "").lower() not in ("", "disabled") for key in _ANNOTATIONS)
    return None if asked is Asked.UNKNOWN else asked is Asked.ALWAYS


def _narrowed(known: Hinted, members: Iterable[Backend], to: str) -> Choice | None:
    """The choice that hints leave; None when they leave nothing, which makes a proxy ignore them."""
    found = tuple(members)
    if not found:
        return None
    if len(found) == len(known.ready):
        return Choice(found)
    return Choice(found, f"Topology hints narrow {to}: {len(found)} of {len(known.ready)}.")


def _perhaps(known: Hinted, node: str) -> Choice:
    return Choice(
        known.ready,
        f"Whether the proxy on {node} obeys the topology hints of the endpoints is not known, as its release or gates "
        "are not; if it does, it uses only those meant for the Node or its zone.",
    )


def _counts(backends: Iterable[Backend]) -> tuple[int, int]:
    """Pods and host-network endpoints."""
    hosts = [backend.host_network for backend in backends]
    return len(hosts) - sum(hosts), sum(hosts)


def _servers(case: Case) -> dict[tuple[str, str, int], Hinted]:
    return {
        (port.name, port.protocol, family): _hinted(case.servers(port, family))
        for port in case.service.spec.ports
        for family in (4, 6)
    }


def _hinted(backends: tuple[Backend, ...]) -> Hinted:
    ready = tuple(backend for backend in backends if not backend.draining)
    draining = backends[len(ready) :]
    by_node: dict[str, list[Backend]] = {}
    if ready and all(backend.for_nodes for backend in ready):
        for backend in ready:
            for node in dict.fromkeys(backend.for_nodes):
                by_node.setdefault(node, []).append(backend)
    has_zones = bool(ready) and all(backend.for_zones for backend in ready)
    zones = frozenset(zone for backend in ready for zone in backend.for_zones if zone) if has_zones else frozenset()
    return Hinted(ready, draining, {node: tuple(members) for node, members in by_node.items()}, zones)
