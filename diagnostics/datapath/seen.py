"""Which addresses endpoints see at all ingress Nodes: a folded Path shows those of one Node only."""

from collections.abc import Callable, Iterable, Iterator

from diagnostics.datapath.addresses import (
    VIRTUAL_SERVICE_IP,
    gateway_source,
    node_source,
    transport_source,
    untold_source,
    virtual_source,
)
from diagnostics.datapath.path import Outcome, Path, SeenKind, SeenSource
from diagnostics.model.case import Cluster

_OfNode = Callable[[Cluster, str, int], SeenSource]


def addresses_seen(paths: Iterable[Path], cluster: Cluster) -> frozenset[str]:
    """Every source that the clients of these Paths appear as when it is not their own, at all ingress Nodes.

    Where the cluster does not tell which of two addresses it is, both are in.
    """
    possible: dict[tuple[_OfNode, str, int], None] = {}
    for path in paths:
        if path.outcome in (Outcome.DELIVERED, Outcome.UNKNOWN) and path.ingress:
            sources = tuple(_possible(path, cluster))
            nodes = (path.ingress, *path.twins)
            possible.update(dict.fromkeys((source, node, path.access.family) for node in nodes for source in sources))
    return frozenset(source(cluster, node, family).ip for source, node, family in possible) - {""}


def seen_at(path: Path, node: str, cluster: Cluster) -> SeenSource:
    """What an endpoint sees when the connection of this class enters by a twin."""
    source = _source_of(path, cluster)
    if source is None or path.seen.node != path.ingress:
        return path.seen
    return source(cluster, node, path.access.family)


def _source_of(path: Path, cluster: Cluster) -> _OfNode | None:
    """Which address of its ingress Node a Path shows; None where it shows none of them."""
    match path.seen.kind:
        case SeenKind.GATEWAY:
            return gateway_source
        case SeenKind.VIRTUAL if path.seen.ip == VIRTUAL_SERVICE_IP[path.access.family]:
            return virtual_source
        case SeenKind.NODE if path.seen.ip == cluster.node_ip(path.seen.node, path.access.family):
            return node_source
        case SeenKind.NODE:
            return transport_source if path.seen.ip else untold_source
    return None


def _possible(path: Path, cluster: Cluster) -> Iterator[_OfNode]:
    source = _source_of(path, cluster)
    if source:
        yield source
    elif path.seen.kind is SeenKind.UNKNOWN:
        yield from (gateway_source, node_source, transport_source)
        if path.endpoint.host_network:
            yield virtual_source
