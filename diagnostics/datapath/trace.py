"""All classes of connections to a Service: access × ingress Node × place of the endpoint.

Shares: `Share.of` counts all usable endpoints of the Service port in the family, `endpoints` those of the class. The
classes of one access at one ingress Node add up to the candidates there: all endpoints, those that topology hints
leave, or under policy Local only the Node's own ("2 of 9 from node-a").
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from diagnostics.datapath import antrea_proxy, kube_proxy, windows
from diagnostics.datapath.access import accesses, is_left_to_load_balancer
from diagnostics.datapath.addresses import (
    is_windows,
    own_addresses,
)
from diagnostics.datapath.crossing import UNSEEN, Arrival, Crossing, Origin, Way, arrive, nothing_arrives, placed
from diagnostics.datapath.endpoints import classes, usable
from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.handler import Handled, handled
from diagnostics.datapath.ingress import ingress_groups
from diagnostics.datapath.making import PathMaker
from diagnostics.datapath.merge import either
from diagnostics.datapath.path import (
    EXTERNAL_CLIENT,
    Access,
    AccessKind,
    Basis,
    Handler,
    Keeping,
    Outcome,
    Path,
    Vantage,
    VantageKind,
    Wire,
    keeping,
)
from diagnostics.datapath.seen import addresses_seen, seen_at
from diagnostics.datapath.topology import choice
from diagnostics.datapath.wire import why_either
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Source

__all__ = ["arriving_paths", "external_paths", "own_addresses", "seen_addresses", "seen_at", "service_keeping", "trace"]


@dataclass(frozen=True, slots=True)
class _Datapath:
    """The four questions that a proxy answers."""

    refuses: Callable[[Arrival], Way | None]
    chooses_local_only: Callable[[Arrival], bool]
    no_candidate: Callable[..., Way]
    way: Callable[[Crossing, Wire], Way]


_DATAPATHS = {
    Handler.KUBE_PROXY: _Datapath(
        kube_proxy.refuses, kube_proxy.chooses_local_only, kube_proxy.no_candidate, kube_proxy.way
    ),
    Handler.ANTREA_PROXY: _Datapath(
        antrea_proxy.refuses, antrea_proxy.chooses_local_only, antrea_proxy.no_candidate, antrea_proxy.way
    ),
}


_ON_WINDOWS = _Datapath(antrea_proxy.refuses, antrea_proxy.chooses_local_only, antrea_proxy.no_candidate, windows.way)


def trace(case: Case, vantage: Vantage = EXTERNAL_CLIENT, *, fold: bool = True) -> tuple[Path, ...]:
    """Every class of connections to the Service from a vantage.

    With `fold` a Path stands for all Nodes of its `twins` too, each with its own addresses and its own local
    endpoints; without, each ingress Node has its own Paths. Accesses of a family in which the client has no address
    are left out.
    """
    return tuple(_trace(case, accesses(case), vantage, fold=fold))


def trace_at(case: Case, vantage: Vantage, access: Access, nodes: Iterable[str]) -> Iterator[Path]:
    """The classes of one access at some of the Nodes that may take the packet, each Node for itself."""
    client = placed(case, vantage, access.family)
    if client is not None:
        for node in nodes:
            yield from _at(case, access, node, client, ())


def external_paths(case: Case) -> tuple[Path, ...]:
    """Folded Paths of clients outside over NodePort, load-balancer IP and externalIP, in every family."""
    external = (access for access in accesses(case) if access.kind.is_external)
    return tuple(_trace(case, external, EXTERNAL_CLIENT, fold=True))


def arriving_paths(case: Case) -> tuple[Path, ...]:
    """The external Paths by which clients outside really come, as far as the front end is known or told.

    A load balancer that hands packets on with its own address makes the NodePorts secondary, one that dials NodePorts
    makes its address a mere name. ExternalIPs always count. Where the front end is not known, all do.
    """
    every = case.once(external_paths)
    before = case.once(front_end)
    idle = _IDLE.get(before.arrives) if before and before.arrives else None
    return tuple(path for path in every if path.access.kind is not idle) or every


def service_keeping(case: Case) -> Keeping:
    """Whether clients outside keep their own address, on the ways by which they come."""
    badge = keeping(case.once(arriving_paths))
    before = case.once(front_end)
    if before and before.hides and badge in (Keeping.KEEPS, Keeping.SOMETIMES):
        return Keeping.NEVER if before.told else Keeping.CANNOT_TELL
    return badge


def seen_addresses(case: Case) -> frozenset[str]:
    """Every source that clients outside appear as at an endpoint when it is not their own, at all ingress Nodes."""
    return addresses_seen(case.once(external_paths), case.cluster)


_IDLE = {Arrives.LB_IP: AccessKind.NODE_PORT, Arrives.NODE_PORT: AccessKind.LOAD_BALANCER}


def _trace(case: Case, wanted: Iterable[Access], vantage: Vantage, *, fold: bool) -> Iterator[Path]:
    for access in wanted:
        client = placed(case, vantage, access.family)
        if client is None:
            continue
        if client.kind is not VantageKind.EXTERNAL and not client.node:
            yield _from_nobody_knows_where(case, access, client)
            continue
        groups = ingress_groups(case, access, client)
        if not groups or is_left_to_load_balancer(case, access):
            yield _nowhere(case, access, client)
            continue
        for group in groups:
            if fold:
                yield from _at(case, access, group[0], client, group[1:])
            else:
                for node in group:
                    yield from _at(case, access, node, client, ())


def _at(case: Case, access: Access, node: str, client: Vantage, twins: tuple[str, ...]) -> Iterator[Path]:
    """The classes of one access at one ingress Node."""
    answer = handled(case, access, node, client)
    arrival = arrive(case, access, node, client)
    backends = usable(case, access)
    datapath = _datapath(case.cluster, node, answer)
    whole = PathMaker(arrival, answer, twins, len(backends))
    unread = None if backends else case.snapshot.gap(Source.SLICES, case.namespace)
    if unread:
        yield whole.without_endpoint(nothing_arrives(Outcome.UNKNOWN, Basis.INFERRED, answer.source, unread.sentence))
        return
    if datapath is None:
        yield from _unpredictable(whole)
        return
    refusal = datapath.refuses(arrival)
    if refusal:
        yield whole.without_endpoint(refusal)
        return
    chosen = choice(case, access, node, answer.handler, local_only=datapath.chooses_local_only(arrival))
    found = classes(arrival, chosen.backends)
    if not found:
        yield whole.without_endpoint(datapath.no_candidate(arrival, exist_elsewhere=bool(backends)))
    note = " ".join((chosen.note, *_affinity(case, len(chosen.backends)))).strip()
    whole = replace(whole, of=len({*backends, *chosen.backends}), note=note)
    for item in found:
        crossing = Crossing(arrival, item.group, item.target_port, item.deaf_to_dsr)
        ways = tuple(datapath.way(crossing, wire) for wire in item.wires)
        way = ways[0] if len(ways) == 1 else either(ways, why_either(case.cluster, node))
        if item.group.on_windows:
            doubt = windows.doubt_of_backends(case.cluster, access.family)
            way = windows.lost_sight(doubt) if doubt else replace(way, basis=Basis.INFERRED)
        yield whole.to(item, _with_doubt(way, answer))


def _datapath(cluster: Cluster, node: str, answer: Handled) -> _Datapath | None:
    if answer.handler is Handler.ANTREA_PROXY and is_windows(cluster, node):
        return _ON_WINDOWS
    return _DATAPATHS.get(answer.handler)


def _affinity(case: Case, candidates: int) -> Iterator[str]:
    """Session affinity changes no address (measured), only how often a client meets another class."""
    spec = case.service.spec
    if spec.session_affinity == "ClientIP" and candidates > 1:
        settings = spec.session_affinity_config
        seconds = settings.client_ip.timeout_seconds if settings and settings.client_ip else 10800
        yield f"Session affinity keeps a client with the endpoint that it met first until it is silent for {seconds} s."


def _unpredictable(whole: PathMaker) -> Iterator[Path]:
    """Nobody serves the address, or nobody can tell who does."""
    answer, arrival = whole.answer, whole.arrival
    if answer.handler is Handler.NONE and not _goes_on_outside(arrival):
        yield whole.without_endpoint(nothing_arrives(Outcome.UNHANDLED, answer.basis, answer.source, answer.why))
        return
    if answer.handler is Handler.NONE:
        yield whole.without_endpoint(_out_to_the_load_balancer(arrival, answer))
        return
    way = nothing_arrives(Outcome.UNKNOWN, answer.basis, answer.source, answer.why)
    local_only = arrival.is_local_policy and arrival.origin is Origin.OUTSIDE
    chosen = choice(arrival.case, arrival.access, arrival.node, answer.handler, local_only=local_only)
    found = classes(arrival, chosen.backends)
    if not found:
        yield whole.without_endpoint(way)
    for item in found:
        yield whole.to(item, way)


def _goes_on_outside(arrival: Arrival) -> bool:
    """Whether an address that this Node does not serve leads a client of the cluster out to a load balancer."""
    return arrival.origin is not Origin.OUTSIDE and arrival.access.kind is AccessKind.LOAD_BALANCER


def _out_to_the_load_balancer(arrival: Arrival, answer: Handled) -> Way:
    why = (
        f"{arrival.node} does not serve {arrival.access.address}: the packet leaves to the load balancer with the "
        "Node's address and comes back through a Node of its choice, as from outside."
    )
    return nothing_arrives(Outcome.UNKNOWN, answer.basis, answer.source, why)


def _nowhere(case: Case, access: Access, client: Vantage) -> Path:
    """An access for which no ingress Node can be named."""
    if is_left_to_load_balancer(case, access):
        answer = handled(case, access, "", client)
        why = f"{answer.why} What the Pods see follows from the address and port that it dials in turn."
        way = nothing_arrives(Outcome.UNKNOWN, answer.basis, answer.source, why)
    else:
        gap = case.snapshot.gap(Source.NODES)
        missing = f"No Node shows an IPv{access.family} address." if case.cluster.nodes else "There are no Nodes."
        answer = handled(case, access, "", client)
        way = nothing_arrives(Outcome.UNKNOWN, answer.basis, answer.source, gap.sentence if gap else missing)
    arrival = Arrival(case, access, "", client, Origin.OUTSIDE, client.ip)
    return PathMaker(arrival, answer, (), len(usable(case, access))).without_endpoint(way)


def _from_nobody_knows_where(case: Case, access: Access, client: Vantage) -> Path:
    """A client of the cluster whose Node is not known, so that neither its first Node nor its rewrites are."""
    why = f"The Node of {client.name or client.ip} is not known: name it, or let the Pod be read."
    way = nothing_arrives(Outcome.UNKNOWN, Basis.INFERRED, "antrea:docs/antrea-proxy.md", why)
    answer = Handled(Handler.UNDEFINED, Basis.INFERRED, way.source, why)
    arrival = Arrival(case, access, "", client, Origin.OUTSIDE, client.ip)
    return PathMaker(arrival, answer, (), len(usable(case, access))).without_endpoint(way)


def _with_doubt(way: Way, answer: Handled) -> Way:
    if not answer.doubt:
        return way
    return Way(Outcome.UNKNOWN, UNSEEN, way.rewrites, answer.basis, answer.source, answer.doubt)
