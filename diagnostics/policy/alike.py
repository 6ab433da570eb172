"""The endpoints of a Path, grouped by all that makes a difference to policies, through each of its ingress Nodes.

Thousands of ingress Nodes fall into few entries: Nodes whose addresses meet the same rules, that run the same, and
from which the same numbers of endpoints of each kind are reached.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from diagnostics.datapath.endpoints import usable
from diagnostics.datapath.path import EndpointGroup, Path, Place, SeenKind, SeenSource
from diagnostics.datapath.trace import seen_at
from diagnostics.model.antrea import Running
from diagnostics.model.case import Case
from diagnostics.policy.applying import pods_by_address, service_policies
from diagnostics.policy.backend_pods import BackendPod
from diagnostics.policy.enforcement import is_outside
from diagnostics.policy.meeting import Met, meetings
from diagnostics.policy.sources import SourceAddress


@dataclass(frozen=True, slots=True)
class Alike:
    """Endpoints that fare alike: an example of their Pods (None for what is no Pod), how many, on which Nodes.

    `nodes` is empty for the remote endpoints of a twin: they are those of the first ingress Node but for a few.
    """

    pod: BackendPod | None
    endpoints: int
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Ingress Nodes that fare alike, the Path by the first of them, and the endpoints reached from each.

    `seen` are the source addresses that stand for clients at these Nodes; empty where the client's own is seen.
    """

    nodes: tuple[str, ...]
    path: Path
    groups: tuple[Alike, ...]
    seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fare:
    """All that policies can tell of a Path of clients outside; ask with `case.once(Fare(path))`.

    Paths of equal answers let the same clients in: often those by NodePort and by the load balancer's address.
    """

    path: Path

    def __call__(self, case: Case) -> object:
        """Something to compare with others of the same Case."""
        path, family = self.path, self.path.access.family
        if case.once(service_policies).on_service or not is_outside(path):
            return path  # what the Service's own rules do depends on all of it
        met, kinds = case.once(meetings), case.once(_kinds)
        through = {
            (
                seen.kind is SeenKind.CLIENT,
                id(met.of(SourceAddress(seen.ip, family))) if seen.ip and seen.kind is not SeenKind.CLIENT else 0,
                frozenset(kinds[group.pod.name] if group.pod else _NO_POD for group in entry.groups),
            )
            for entry in case.once(Entries(path))
            for seen in (entry.path.seen,)
        }
        return family, path.access.protocol, path.target_port, frozenset(through)


@dataclass(frozen=True, slots=True)
class _Kind:
    policies: int
    antrea_is_off: bool
    named_ports: tuple[tuple[tuple[str, str], int], ...] | None
    is_pod: bool


@dataclass
class _Members:
    counts: Counter[_Kind] = field(default_factory=Counter)
    examples: dict[_Kind, BackendPod | None] = field(default_factory=dict)
    nodes: dict[_Kind, dict[str, None]] = field(default_factory=dict)

    @cached_property
    def key(self) -> frozenset[tuple[_Kind, int]]:
        """Equal for members that differ in nothing but their Nodes."""
        return frozenset(self.counts.items())


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a Path; ask with `case.once(Entries(path))`."""

    path: Path

    def __call__(self, case: Case) -> tuple[Entry, ...]:
        """That of `path.ingress` first."""
        return tuple(_entry(case, self.path, lot) for lot in case.once(_Lots.of(self.path)))


_Lot = list[tuple[str, SeenSource, "_Members"]]
"""Ingress Nodes that fare alike, each with what is seen by it and the endpoints reached from it."""


@dataclass(frozen=True, slots=True)
class _Lots:
    """The lots of a Path; the same for Paths that differ in no more than the address and port that the client dials."""

    told: tuple[object, ...]
    path: Path = field(compare=False)

    @classmethod
    def of(cls, path: Path) -> "_Lots":
        access = path.access
        ways_on = path.ingress, path.twins, path.endpoint, path.seen
        return cls((*ways_on, access.port_name, access.protocol, access.family), path)

    def __call__(self, case: Case) -> tuple[_Lot, ...]:
        alike: dict[object, _Lot] = {}
        sources = case.once(_Sources(self.path.seen.kind, self.path.access.family))
        for node, members in _through_each_node(case, self.path):
            seen, met = sources.at(case, self.path, node)
            running = case.cluster.running.get(node, _SILENT)
            key = (id(met), running.policy, running.proxy_all, members.key)
            alike.setdefault(key, []).append((node, seen, members))
        return tuple(alike.values())


_SILENT = Running()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What endpoints see by each twin asked for so far, and which rules that meets."""

    by_twin: dict[str, tuple[SeenSource, Met | None]] = field(default_factory=dict)

    def at(self, case: Case, path: Path, node: str) -> tuple[SeenSource, Met | None]:
        """The source by an ingress Node, and the rules that it meets; None where no address is known beforehand."""
        if path.seen.node != path.ingress or path.seen.kind is SeenKind.CLIENT:
            return path.seen, None
        if node == path.ingress:
            return path.seen, _met(case, path, path.seen)
        if node not in self.by_twin:
            seen = seen_at(path, node, case.cluster)
            self.by_twin[node] = seen, _met(case, path, seen)
        return self.by_twin[node]


def _met(case: Case, path: Path, seen: SeenSource) -> Met | None:
    return case.once(meetings).of(SourceAddress(seen.ip, path.access.family)) if seen.ip else None


@dataclass(frozen=True, slots=True)
class _Sources:
    """The question for the sources of one kind and family, shared by the Paths of a Case."""

    kind: SeenKind
    family: int

    def __call__(self, case: Case) -> _Seen:
        return _Seen()


def _entry(case: Case, path: Path, found: _Lot) -> Entry:
    node, seen, members = found[0]
    single = path
    if path.twins or node != path.ingress:
        single = replace(path, ingress=node, twins=(), seen=seen, endpoint=_endpoint_from(case, path, node))
    nodes: Mapping[_Kind, dict[str, None]] = members.nodes
    if path.endpoint.place is Place.LOCAL:
        merged: dict[_Kind, dict[str, None]] = {}
        for _, _, own in found:
            for kind, places in own.nodes.items():
                merged.setdefault(kind, {}).update(places)
        nodes = merged
    groups = tuple(
        Alike(members.examples[kind], number, tuple(nodes.get(kind, ()))) for kind, number in members.counts.items()
    )
    return Entry(tuple(name for name, _, _ in found), single, groups, tuple(source.ip for _, source, _ in found))


def _through_each_node(case: Case, path: Path) -> Iterator[tuple[str, _Members]]:
    """Each ingress Node that the Path stands for with its endpoints, that of `path.ingress` first.

    A twin has its own local endpoints; among remote ones, its own stand where those of `path.ingress` stand for the
    others.
    """
    members = _members(case, path.endpoint.addresses)
    yield path.ingress, members
    if not path.twins:
        return
    by_node = _fellows(case, path)
    listed = frozenset(path.endpoint.addresses)
    own_of_first = _members(case, by_node.get(path.ingress, ()))
    unplaced = _Members(members.counts, {**own_of_first.examples, **members.examples})
    for twin in path.twins:
        own = by_node.get(twin, ())
        if path.endpoint.place is Place.LOCAL:
            yield twin, _members(case, own)
        elif own and own[0] in listed:
            counts = members.counts - _members(case, own).counts + own_of_first.counts
            yield twin, _Members(counts, unplaced.examples)
        else:
            yield twin, unplaced


def _endpoint_from(case: Case, path: Path, node: str) -> EndpointGroup:
    """The endpoints of the class as they are from another ingress Node."""
    if node == path.ingress:
        return path.endpoint
    by_node = _fellows(case, path)
    own = by_node.get(node, [])
    if path.endpoint.place is Place.LOCAL:
        return replace(path.endpoint, addresses=tuple(own), node=node)
    others = [address for address in path.endpoint.addresses if address not in own]
    if len(others) < len(path.endpoint.addresses):
        others += by_node.get(path.ingress, [])
    return replace(path.endpoint, addresses=tuple(others))


def _fellows(case: Case, path: Path) -> dict[str, list[str]]:
    """Addresses of all endpoints of the class's kind, by Node."""
    found: dict[str, list[str]] = {}
    for backend in usable(case, path.access):
        if _is_of_kind(path.endpoint, backend.host_network, backend.outside):
            found.setdefault(backend.node, []).append(backend.address)
    return found


def _is_of_kind(endpoint: EndpointGroup, host_network: bool, outside: bool) -> bool:
    return (endpoint.host_network, endpoint.outside) == (host_network, outside)


def _members(case: Case, addresses: Iterable[str]) -> _Members:
    pods, kinds = case.once(pods_by_address), case.once(_kinds)
    members = _Members()
    for address in addresses:
        pod = pods.get(address)
        kind = _NO_POD
        if pod is not None:
            kind = kinds[pod.name]
            members.nodes.setdefault(kind, {})[pod.node] = None
        members.counts[kind] += 1
        members.examples.setdefault(kind, pod)
    return members


_NO_POD = _Kind(0, False, None, False)


def _kinds(case: Case) -> dict[str, _Kind]:
    """What makes a difference about each backend Pod, by its name; equal kinds are one value."""
    by_pod = case.once(service_policies).by_pod
    shared: dict[_Kind, _Kind] = {}
    found = {}
    for pod in case.once(pods_by_address).values():
        named = None if pod.named_ports is None else tuple(sorted(pod.named_ports.items()))
        is_off = case.cluster.running.get(pod.node, Running()).policy is False
        kind = _Kind(id(by_pod[pod.name]), is_off, named, True)
        found[pod.name] = shared.setdefault(kind, kind)
    return found
