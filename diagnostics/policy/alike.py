"""The endpoints of a Path, grouped by all that makes a difference to policies, through each of its ingress Nodes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from diagnostics.datapath.endpoints import usable
from diagnostics.datapath.path import EndpointGroup, Path, Place
from diagnostics.datapath.trace import seen_at
from diagnostics.model.antrea import Running
from diagnostics.model.case import Case
from diagnostics.policy.applying import pods_by_address, service_policies
from diagnostics.policy.backend_pods import BackendPod


@dataclass(frozen=True, slots=True)
class Alike:
    """Endpoints that fare alike: an example of their Pods (None for what is no Pod), how many, on which Nodes.

    `nodes` is empty for the remote endpoints of a twin: they are those of the first ingress Node but for a few.
    """

    pod: BackendPod | None
    endpoints: int
    nodes: tuple[str, ...]


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


def through_each_node(case: Case, path: Path) -> Iterator[tuple[Path, tuple[Alike, ...]]]:
    """The Path and its endpoints once for each ingress Node it stands for, that of `path.ingress` first.

    A twin has its own addresses and its own local endpoints; among remote ones, its own stand where those of
    `path.ingress` stand for the others.
    """
    members = _members(case, path.endpoint.addresses)
    yield replace(path, twins=()), _alike(members, members.counts)
    if not path.twins:
        return
    by_node = _fellows(case, path)
    listed = frozenset(path.endpoint.addresses)
    own_of_first = _members(case, by_node.get(path.ingress, ()))
    known = _Members(examples={**own_of_first.examples, **members.examples})
    for twin in path.twins:
        own = by_node.get(twin, ())
        single = replace(path, ingress=twin, twins=(), seen=seen_at(path, twin, case.cluster))
        if path.endpoint.place is Place.LOCAL:
            theirs = _members(case, own)
            moved = replace(path.endpoint, addresses=tuple(own), node=twin)
            yield replace(single, endpoint=moved), _alike(theirs, theirs.counts)
        elif own and own[0] in listed:
            counts = members.counts - _members(case, own).counts + own_of_first.counts
            yield single, _alike(known, counts)
        else:
            yield single, _alike(known, members.counts)


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
    pods, by_pod = case.once(pods_by_address), case.once(service_policies).by_pod
    members = _Members()
    for address in addresses:
        pod = pods.get(address)
        kind = _Kind(0, False, None, False)
        if pod is not None:
            named = None if pod.named_ports is None else tuple(sorted(pod.named_ports.items()))
            is_off = case.cluster.running.get(pod.node, Running()).policy is False
            kind = _Kind(id(by_pod[pod.name]), is_off, named, True)
            members.nodes.setdefault(kind, {})[pod.node] = None
        members.counts[kind] += 1
        members.examples.setdefault(kind, pod)
    return members


def _alike(members: _Members, counts: Counter[_Kind]) -> tuple[Alike, ...]:
    return tuple(
        Alike(members.examples[kind], number, tuple(members.nodes.get(kind, ()))) for kind, number in counts.items()
    )
