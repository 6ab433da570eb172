"""Phrases and questions about the ways of outside clients, shared by the checks that look at paths."""

from collections.abc import Iterable, Iterator
from itertools import islice

from diagnostics.checks.evidence import SHOWN, counted, listed, of_service
from diagnostics.checks.examine import CannotTell
from diagnostics.datapath.access import endpoint_text
from diagnostics.datapath.path import Access, AccessKind, Handler, Outcome, Path, Place, SeenKind
from diagnostics.datapath.trace import external_paths, own_addresses, seen_at
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence
from diagnostics.model.snapshot import Source

PATH_SOURCES = (Source.SERVICES, Source.SLICES, Source.NODES, Source.CONFIG_MAPS, Source.AGENT_INFOS)
"""Without these the paths of outside clients would be wrong."""

PATH_HINTS = (Source.DAEMON_SETS, Source.PODS)
"""What paths are computed from as well; a path that depends on a missing one has the outcome unknown."""

FIELD_OF = {
    AccessKind.LOAD_BALANCER: "status.loadBalancer.ingress[].ip",
    AccessKind.EXTERNAL_IP: "spec.externalIPs",
    AccessKind.NODE_PORT: "spec.ports[].nodePort",
    AccessKind.CLUSTER_IP: "spec.clusterIPs",
}


def is_exposed(case: Case) -> bool:
    """Whether clients outside the cluster are meant to reach the Service."""
    return case.is_exposed


def ways_in(case: Case) -> tuple[Path, ...]:
    """The paths of a client outside, equal ingress Nodes folded.

    Raises CannotTell when Antrea's configuration is not known: paths are then computed as if nothing were set in it.
    """
    antrea = case.cluster.antrea
    if antrea.present is not False and antrea.config is None:
        raise CannotTell(antrea.why_no_config)
    return case.once(external_paths)


def hides_client(path: Path) -> bool:
    """Delivered, and for certain with another address than the client's."""
    return path.outcome is Outcome.DELIVERED and not path.keeps_client and path.seen.kind is not SeenKind.UNKNOWN


def hidden_by_kube_proxy(path: Path) -> bool:
    """What AD001 speaks of."""
    return hides_client(path) and path.handler is Handler.KUBE_PROXY


def hidden_on_the_way(path: Path) -> bool:
    """What AD002 speaks of: AntreaProxy, towards an endpoint that is not on the ingress Node."""
    return hides_client(path) and path.handler is Handler.ANTREA_PROXY and path.endpoint.place is Place.REMOTE


def need_certainty(paths: Iterable[Path]) -> None:
    """Raises CannotTell, with the path's own reason, when the outcome or the seen address is not known."""
    for path in paths:
        seen_unknown = path.outcome is Outcome.DELIVERED and path.seen.kind is SeenKind.UNKNOWN
        if path.outcome is Outcome.UNKNOWN or seen_unknown:
            raise CannotTell(path.why)


def need_handlers(paths: Iterable[Path]) -> None:
    """Raises CannotTell, with the path's own reason, when it is not known who handles the address."""
    for path in paths:
        if path.handler is Handler.UNDEFINED:
            raise CannotTell(path.why)


def nodes_of(paths: Iterable[Path]) -> list[str]:
    """Ingress Nodes of the paths, twins included, each once."""
    return list(dict.fromkeys(node for path in paths for node in (path.ingress, *path.twins) if node))


def entries(paths: Iterable[Path]) -> str:
    """By which addresses: `NodePort 30080 and LoadBalancerIP 198.51.100.7:80`."""
    names = []
    for path in paths:
        access = path.access
        at = endpoint_text(access.address, access.port) if access.address else str(access.port)
        names.append(f"{access.kind.value} {at}")
    return listed(dict.fromkeys(names))


def shares(paths: Iterable[Path]) -> str:
    """`6 of 9 endpoints from node-a and 9 of 9 endpoints from node-b (and 2 Nodes alike)`.

    Of several accesses the one with the largest share counts; Nodes of equal share are named together.
    """
    by_nodes: dict[tuple[str, ...], dict[Access, tuple[int, int]]] = {}
    for path in paths:
        of_access = by_nodes.setdefault((path.ingress, *path.twins), {})  # each Node is in one of them for an access
        endpoints, _ = of_access.get(path.access, (0, 0))
        of_access[path.access] = (endpoints + path.share.endpoints, path.share.of)
    largest: dict[str, tuple[int, int]] = {}
    for nodes, of_access in by_nodes.items():
        share = max(of_access.values())
        for node in nodes:
            largest[node] = max(share, largest.get(node, share))
    nodes_by_share: dict[tuple[int, int], list[str]] = {}
    for node, share in largest.items():
        nodes_by_share.setdefault(share, []).append(node)
    return listed(
        f"{endpoints} of {counted(of, 'endpoint')} from {listed(sharing)}"
        for (endpoints, of), sharing in nodes_by_share.items()
    )


def seen_instead(case: Case, paths: Iterable[Path]) -> str:
    """What the endpoints see: `10.10.1.1 (antrea-gw0 of node-a)`."""
    owners = own_addresses(case.cluster)
    alike: dict[object, Path] = {}
    for path in paths:
        alike.setdefault((path.seen.kind, path.access.family, path.ingress, path.twins), path)
    places: dict[tuple[SeenKind, int, str], tuple[Path, str]] = {}
    for path in alike.values():
        for node in (path.ingress, *path.twins):
            where = "" if path.seen.kind is SeenKind.VIRTUAL else node
            places.setdefault((path.seen.kind, path.access.family, where), (path, node))
    names = []
    for path, node in islice(places.values(), SHOWN + 1):
        ip = seen_at(path, node, case.cluster).ip
        names.append(
            f"{ip} ({owners[ip]})" if ip in owners else ip or f"an address of {node} that the API does not tell"
        )
    return listed(names, of=len(places))


def path_evidence(case: Case, paths: Iterable[Path]) -> Iterator[Evidence]:
    """Policy and addresses of the Service, the podCIDR behind each seen gateway, and where endpoints run."""
    found = list(paths)
    yield of_service(case, "spec.externalTrafficPolicy", case.service.external_policy)
    for kind in dict.fromkeys(path.access.kind for path in found):
        values = dict.fromkeys(
            path.access.address or str(path.access.port) for path in found if path.access.kind is kind
        )
        yield of_service(case, FIELD_OF[kind], ", ".join(values))
    shown = dict.fromkeys(path.seen for path in found if path.seen.node in case.cluster.nodes)
    for seen in list(shown)[:SHOWN]:
        if seen.kind is SeenKind.GATEWAY:
            cidrs = ", ".join(case.cluster.nodes[seen.node].pod_cidrs)
            yield Evidence(f"Node {seen.node}", "spec.podCIDRs", f"{cidrs} (antrea-gw0 has {seen.ip})")
        elif seen.kind is SeenKind.NODE:
            yield Evidence(f"Node {seen.node}", "status.addresses", seen.ip)


def endpoint_evidence(case: Case, paths: Iterable[Path]) -> Iterator[Evidence]:
    """Where the first few endpoints of the paths run."""
    wanted = {address for path in paths for address in path.endpoint.addresses}
    shown = 0
    for group in case.snapshot.slices_by_service.get(case.key, ()):
        for at, endpoint in enumerate(group.endpoints):
            if shown < SHOWN and endpoint.addresses and endpoint.addresses[0] in wanted:
                shown += 1
                where = f"{endpoint.addresses[0]} on {endpoint.node_name or 'no Node'}"
                yield Evidence(f"EndpointSlice {group.metadata.key}", f"endpoints[{at}].nodeName", where)
