"""The traffic of the Service on display as a graph: who reaches whom through what.

Vertices: the client, each access, each ingress Node of an access, each endpoint. An edge carries `rewrites` and
`outcome`, and into an endpoint the `path`. Questions about all ways from a client to an endpoint are answered from it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import networkx as nx

from diagnostics.datapath.path import Access, Outcome, Path, Rewrite, RewriteKind, Vantage


class Station(StrEnum):
    """What a vertex stands for."""

    CLIENT = "client"
    ACCESS = "access"
    INGRESS = "ingress"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True)
class Vertex:
    """A vertex: `name` is the client's or endpoint's address or the ingress Node, `access` how it is reached.

    Clients and endpoints are the same for all accesses and carry none.
    """

    station: Station
    name: str
    access: Access | None = None


def traffic(paths: Iterable[Path]) -> "nx.DiGraph[Vertex]":
    """The graph of these Paths. Twins are not expanded: for every Node and endpoint give it unfolded Paths."""
    graph: nx.DiGraph[Vertex] = nx.DiGraph()
    for path in paths:
        client, access, ingress = client_of(path.client), _access(path), _ingress(path)
        graph.add_edge(client, access, rewrites=(), outcome=Outcome.DELIVERED)
        graph.add_edge(access, ingress, rewrites=(), outcome=Outcome.DELIVERED)
        for address in path.endpoint.addresses:
            graph.add_edge(ingress, endpoint_of(address), rewrites=path.rewrites, outcome=path.outcome, path=path)
    return graph


def client_of(vantage: Vantage) -> Vertex:
    """The vertex of a client."""
    return Vertex(Station.CLIENT, vantage.ip)


def endpoint_of(address: str) -> Vertex:
    """The vertex of an endpoint."""
    return Vertex(Station.ENDPOINT, address)


def ways(graph: "nx.DiGraph[Vertex]", client: Vertex, endpoint: Vertex) -> Iterator[tuple[Vertex, ...]]:
    """All ways from a client to an endpoint on which connections are delivered."""
    if client not in graph or endpoint not in graph:
        return
    working = nx.subgraph_view(
        graph, filter_edge=lambda left, right: graph.edges[left, right]["outcome"] is Outcome.DELIVERED
    )
    for way in nx.all_simple_paths(working, client, endpoint):
        yield tuple(way)


def snat_on(graph: "nx.DiGraph[Vertex]", way: tuple[Vertex, ...]) -> tuple[Rewrite, ...]:
    """The rewrites of the source on a way, in order."""
    return tuple(
        rewrite
        for left, right in pairwise(way)
        for rewrite in graph.edges[left, right]["rewrites"]
        if rewrite.kind is RewriteKind.SNAT
    )


def snat_on_all_ways(graph: "nx.DiGraph[Vertex]", client: Vertex, endpoint: Vertex) -> frozenset[str]:
    """Ids of the SNAT points that lie on every working way to an endpoint: taking one away would help everywhere.

    Empty when some way is free of SNAT, and when there is no way.
    """
    found = [frozenset(rewrite.id for rewrite in snat_on(graph, way)) for way in ways(graph, client, endpoint)]
    return frozenset.intersection(*found) if found else frozenset()


def keepers(graph: "nx.DiGraph[Vertex]", client: Vertex, endpoint: Vertex) -> frozenset[Access]:
    """Accesses by which the endpoint sees the client's own address whichever ingress Node takes the packet."""
    kept: dict[Access, bool] = {}
    for way in ways(graph, client, endpoint):
        access = way[1].access
        if access is not None:
            path = graph.edges[way[-2], way[-1]]["path"]
            kept[access] = kept.get(access, True) and path.keeps_client
    return frozenset(access for access, always in kept.items() if always)


def _access(path: Path) -> Vertex:
    return Vertex(Station.ACCESS, path.access.address, path.access)


def _ingress(path: Path) -> Vertex:
    return Vertex(Station.INGRESS, path.ingress, path.access)


@dataclass(frozen=True, slots=True)
class Change:
    """A way into an endpoint that differs between two graphs; None where a graph has no such way."""

    ingress: Vertex
    endpoint: Vertex
    before: Path | None
    after: Path | None


def changes(today: "nx.DiGraph[Vertex]", planned: "nx.DiGraph[Vertex]") -> Iterator[Change]:
    """What changes for clients from one graph to the other: outcome, address seen, or way of the answer."""
    for left, right in nx.compose(today, planned).edges:
        if right.station is Station.ENDPOINT:
            before, after = (_path_of(graph, left, right) for graph in (today, planned))
            if _essence(before) != _essence(after):
                yield Change(left, right, before, after)


def _path_of(graph: "nx.DiGraph[Vertex]", left: Vertex, right: Vertex) -> Path | None:
    found: Path | None = graph.edges[left, right]["path"] if graph.has_edge(left, right) else None
    return found


def _essence(path: Path | None) -> tuple[object, ...]:
    return (path.outcome, path.seen, path.direct_return) if path else ()
