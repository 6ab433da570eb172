"""What there is to draw, before any place on the screen: ingress Nodes with lanes, backend Nodes, who sees what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from diagnostics.datapath.path import Handler, Outcome, Path, Place, SeenKind
from widgets.drawing.labels import Labels, Marks, PolicyMark

OUTSIDE = "outside the cluster"
SAMPLE = 3  # addresses of twins that are spelled out


@dataclass(frozen=True, slots=True)
class Lane:
    """One path from an ingress Node. `number` counts from 1; `targets` are keys of backends, reached if delivered."""

    number: int
    path: Path
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ingress:
    """An ingress Node that stands for itself and its `twins`; `node` is empty when no Node handles the address."""

    node: str
    twins: tuple[str, ...]
    lanes: tuple[Lane, ...]
    extra_targets: tuple[str, ...] = ()

    @property
    def handler(self) -> Handler:
        """Who programmes the address here."""
        return self.lanes[0].path.handler


@dataclass(frozen=True, slots=True)
class Sight:
    """The source that some Pods see on one path: `ips` are samples of `count` different addresses."""

    number: int
    kind: SeenKind
    ips: tuple[str, ...]
    count: int
    mark: PolicyMark | None = None


@dataclass(frozen=True, slots=True)
class PodGroup:
    """Endpoints of one Node that see the same."""

    addresses: tuple[str, ...]
    sights: tuple[Sight, ...]
    host_network: bool = False


@dataclass(frozen=True, slots=True)
class Backend:
    """A Node that runs endpoints (or "outside the cluster", or "" when the Node is not known)."""

    node: str
    groups: tuple[PodGroup, ...]

    @property
    def endpoints(self) -> int:
        """How many endpoints."""
        return sum(len(group.addresses) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Scene:
    """All there is to draw of one access from one vantage."""

    paths: tuple[Path, ...]
    labels: Labels
    ingresses: tuple[Ingress, ...]
    backends: tuple[Backend, ...]


def scene_of(paths: tuple[Path, ...], labels: Labels, marks: Marks | None = None) -> Scene:
    """The scene of the Paths of one access from one vantage, folded or not."""
    node_of = _nodes_of_endpoints(paths, labels)
    members = [frozenset(path.endpoint.addresses) for path in paths]
    ingresses = tuple(_ingresses(paths, labels, node_of, members))
    sighting = _Sighting(paths, labels, ingresses, members, marks or {})
    by_node: dict[str, list[str]] = {}
    for address, node in node_of.items():
        by_node.setdefault(node, []).append(address)
    order = dict.fromkeys(target for ingress in ingresses for lane in ingress.lanes for target in lane.targets)
    names = [*order, *sorted(node for node in by_node if node not in order)]
    backends = tuple(Backend(name, sighting.groups(name, by_node[name])) for name in names if name in by_node)
    return Scene(paths, labels, ingresses, backends)


def own_address(address: str, ingress: str, node: str, labels: Labels) -> str:
    """The address that `node` uses where `ingress` uses `address`; empty when it cannot be told."""
    if ingress == node or not address:
        return address
    for known in (labels.gateways, labels.node_ips):
        if known.get(ingress) == address:
            return known.get(node, "")
    return "" if address in labels.gateways.values() or address in labels.node_ips.values() else address


def _nodes_of_endpoints(paths: Iterable[Path], labels: Labels) -> dict[str, str]:
    found: dict[str, str] = {}
    twins: set[str] = set()
    families = set()
    for path in paths:
        group = path.endpoint
        twins.update(path.twins)
        families.add(path.access.family)
        for address in group.addresses:
            local = path.ingress if group.place is Place.LOCAL else ""
            home = OUTSIDE if group.outside else labels.nodes.get(address) or group.node or local
            if home or address not in found:
                found[address] = home
    for address, node in labels.nodes.items():
        if address not in found and node in twins and (6 if ":" in address else 4) in families:
            found[address] = node
    return found


def _ingresses(
    paths: tuple[Path, ...], labels: Labels, node_of: Mapping[str, str], members: list[frozenset[str]]
) -> Iterator[Ingress]:
    of_node: dict[str, list[int]] = {}
    for index, path in enumerate(paths):
        for node in (path.ingress, *path.twins):
            of_node.setdefault(node, []).append(index)
    groups: dict[tuple[int, ...], list[str]] = {}
    for node, indexes in of_node.items():
        groups.setdefault(tuple(indexes), []).append(node)
    homes: dict[str, list[str]] = {}
    for address, node in node_of.items():
        homes.setdefault(node, []).append(address)
    targeted = {node_of[address] for addresses in members for address in addresses}
    for numbers, nodes in sorted(groups.items()):
        leads = {paths[index].ingress for index in numbers}
        lead = next((node for node in nodes if node in leads), nodes[0])
        twins = tuple(node for node in nodes if node != lead)
        lanes = tuple(
            Lane(
                index + 1, paths[index], tuple(dict.fromkeys(node_of[item] for item in paths[index].endpoint.addresses))
            )
            for index in numbers
        )
        yield Ingress(lead, twins, lanes, tuple(node for node in twins if node in homes and node not in targeted))


class _Sighting:
    """Works out which sources the Pods of a Node see, through leads and twins, by Nodes and never by pairs."""

    def __init__(
        self,
        paths: tuple[Path, ...],
        labels: Labels,
        ingresses: tuple[Ingress, ...],
        members: list[frozenset[str]],
        marks: Marks,
    ) -> None:
        self._paths, self._labels, self._members, self._marks = paths, labels, members, marks
        self._ingresses = ingresses
        self._members_of = {ingress.node: frozenset((ingress.node, *ingress.twins)) for ingress in ingresses}
        self._followers = [_followers(ingress) for ingress in ingresses]
        self._host_network = frozenset(
            address for path in paths if path.endpoint.host_network for address in path.endpoint.addresses
        )

    def groups(self, node: str, addresses: list[str]) -> tuple[PodGroup, ...]:
        """The endpoints of a Node, those together that see the same with the same policy mark."""
        cache: dict[tuple[object, ...], tuple[Sight, ...]] = {}
        alike: dict[tuple[bool, tuple[Sight, ...]], list[str]] = {}
        for address in addresses:
            on_host = address in self._host_network
            inside = tuple(index for index, member in enumerate(self._members) if address in member)
            marks = tuple(self._mark(index + 1, address) for index in range(len(self._paths))) if self._marks else ()
            key = (on_host, inside, marks)
            if key not in cache:
                cache[key] = tuple(self._sights(node, address, on_host, inside))
            alike.setdefault((on_host, cache[key]), []).append(address)
        return tuple(PodGroup(tuple(found), sights, on_host) for (on_host, sights), found in alike.items())

    def _mark(self, number: int, address: str) -> PolicyMark | None:
        return self._marks.get((number, address)) or self._marks.get((number, ""))

    def _sights(self, node: str, address: str, on_host: bool, inside: tuple[int, ...]) -> Iterator[Sight]:
        seen_from: dict[int, tuple[int, tuple[str, ...]]] = {}
        for ingress, others in zip(self._ingresses, self._followers):
            local = remote = None
            for lane in ingress.lanes:
                index, path = lane.number - 1, lane.path
                if index in inside and path.ingress in self._members_of[ingress.node]:
                    seen_from[index] = _joined(seen_from.get(index), 1, (path.ingress,))
                if path.endpoint.host_network == on_host:
                    local = index if path.endpoint.place is Place.LOCAL else local
                    remote = index if path.endpoint.place is Place.REMOTE else remote
            if node in others and local is not None:
                seen_from[local] = _joined(seen_from.get(local), 1, (node,))
            elsewhere = len(others) - (node in others)
            if elsewhere and remote is not None:
                sample = tuple(islice((other for other in others if other != node), SAMPLE))
                seen_from[remote] = _joined(seen_from.get(remote), elsewhere, sample)
        for index, (count, origins) in sorted(seen_from.items()):
            path = self._paths[index]
            if path.outcome is Outcome.DELIVERED:
                yield self._sight(index, path, count, origins, self._mark(index + 1, address))

    def _sight(self, index: int, path: Path, count: int, origins: tuple[str, ...], mark: PolicyMark | None) -> Sight:
        seen = path.seen
        if seen.kind not in (SeenKind.GATEWAY, SeenKind.NODE):
            return Sight(index + 1, seen.kind, (seen.ip,) if seen.ip else (), 1, mark)
        sample = [own_address(seen.ip, path.ingress, origin, self._labels) for origin in origins]
        return Sight(index + 1, seen.kind, tuple(dict.fromkeys(ip for ip in sample if ip)), count, mark)


def _followers(ingress: Ingress) -> dict[str, None]:
    leads = {lane.path.ingress for lane in ingress.lanes}
    return dict.fromkeys(node for node in (ingress.node, *ingress.twins) if node not in leads)


def _joined(
    old: tuple[int, tuple[str, ...]] | None, count: int, sample: tuple[str, ...]
) -> tuple[int, tuple[str, ...]]:
    before, known = old or (0, ())
    return before + count, (*known, *sample)[:SAMPLE]
