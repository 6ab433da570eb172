"""What a plan changes for clients, told from the traffic graphs of today and after it.

Nodes that are alike on both sides are folded, and the graphs hold one Node of each class: its ways count for all. So
the answer is the same as from the graphs of all Nodes, at a cost that depends on the classes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from diagnostics.datapath.access import accesses, is_left_to_load_balancer
from diagnostics.datapath.crossing import placed
from diagnostics.datapath.endpoints import usable
from diagnostics.datapath.graph import Change, changes, traffic
from diagnostics.datapath.ingress import ingress_groups
from diagnostics.datapath.path import EXTERNAL_CLIENT, Access, Outcome, Path, Vantage, VantageKind
from diagnostics.datapath.trace import trace_at
from diagnostics.model.case import Case

_Classes = dict[Access, dict[str, tuple[str, ...]]]
"""For each access the Nodes by the one that stands for them."""


@dataclass(frozen=True, slots=True)
class SnatPoint:
    """A place where the source is rewritten, by its id and what does it, and the Nodes that have it."""

    id: str
    place: str
    nodes: tuple[str, ...]

    @property
    def words(self) -> str:
        """`S2 (OVS SNAT) on node1 and 3 more Nodes`."""
        more = len(self.nodes) - 1
        others = f" and {more} more {'Node' if more == 1 else 'Nodes'}" if more else ""
        return f"{self.id} ({self.place}) on {self.nodes[0]}{others}"


@dataclass(frozen=True, slots=True)
class Turn:
    """Ways whose outcome changes; None where there is no such way."""

    before: Outcome | None
    after: Outcome | None
    ways: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changes on the ways from an ingress Node by an access to an endpoint.

    `changed` counts ways that differ at all, `gone` those that deliver today and no longer, `new` those that begin to.
    `gains` and `loses` count ways that begin or cease to show the client's own address.
    """

    changed: int
    gone: int
    new: int
    gains: int
    loses: int
    snat_gone: tuple[SnatPoint, ...]
    snat_new: tuple[SnatPoint, ...]
    turns: tuple[Turn, ...]

    @property
    def summary(self) -> str:
        """The whole in one sentence."""
        if not self.changed:
            return "Nothing changes on the ways from clients outside to the endpoints."
        parts = [f"{self.gains} begin to show the client's address"] if self.gains else []
        it = "it" if self.gains else "the client's address"
        parts += [f"{self.loses} cease to show {it}"] if self.loses else []
        parts += [f"{self.gone} no longer deliver"] if self.gone else []
        parts += [f"{self.new} begin to deliver"] if self.new else []
        verb = "changes" if self.changed == 1 else "change"
        count = f"{_ways(self.changed)} {verb} from an ingress Node to an endpoint"
        return f"{count}: {', '.join(parts)}." if parts else f"{count}, none of them in whether the client is kept."

    @property
    def sentences(self) -> tuple[str, ...]:
        """The summary, then each SNAT point that goes or comes, then each change of outcome."""
        return (
            self.summary,
            *(f"SNAT point {point.words} goes." for point in self.snat_gone),
            *(f"SNAT point {point.words} is new." for point in self.snat_new),
            *(f"{_ways(turn.ways)}: {_fate(turn.before)} today, {_fate(turn.after)} after it." for turn in self.turns),
        )


def what_changes(today: Case, planned: Case, vantage: Vantage = EXTERNAL_CLIENT) -> Comparison:
    """What changes for clients at the vantage; clients outside are looked at by external addresses only."""
    classes = _classes(today, planned, vantage)
    before, after = (tuple(_paths(case, classes, vantage)) for case in (today, planned))
    found = [(change, _weight(change, classes)) for change in changes(traffic(before), traffic(after))]
    turns: Counter[tuple[Outcome | None, Outcome | None]] = Counter()
    for change, weight in found:
        if _outcome(change.before) is not _outcome(change.after):
            turns[_outcome(change.before), _outcome(change.after)] += weight
    points = [_points(paths, classes) for paths in (before, after)]
    return Comparison(
        changed=sum(weight for _, weight in found),
        gone=sum(weight for change, weight in found if _delivers(change.before) and not _delivers(change.after)),
        new=sum(weight for change, weight in found if _delivers(change.after) and not _delivers(change.before)),
        gains=sum(weight for change, weight in found if _keeps(change.after) and not _keeps(change.before)),
        loses=sum(weight for change, weight in found if _keeps(change.before) and not _keeps(change.after)),
        snat_gone=_missing(points[0], points[1]),
        snat_new=_missing(points[1], points[0]),
        turns=tuple(Turn(*outcomes, ways) for outcomes, ways in turns.most_common()),
    )


def _classes(today: Case, planned: Case, vantage: Vantage) -> _Classes:
    found: _Classes = {}
    for access in dict.fromkeys(access for case in (today, planned) for access in _wanted(case, vantage)):
        groups = [_group_of(case, access, vantage) for case in (today, planned)]
        own = [_own_endpoints(case, access) for case in (today, planned)]
        alike: dict[object, list[str]] = {}
        for node in dict.fromkeys(name for group in groups for name in group):
            here = [endpoints.get(node, frozenset()) for endpoints in own]
            mark = "" if here[0] == here[1] else node
            alike.setdefault((groups[0].get(node), groups[1].get(node), mark), []).append(node)
        found[access] = {nodes[0]: tuple(nodes) for nodes in alike.values()}
    return found


def _wanted(case: Case, vantage: Vantage) -> Iterator[Access]:
    for access in accesses(case):
        if access.kind.is_external or vantage.kind is not VantageKind.EXTERNAL:
            yield access


def _group_of(case: Case, access: Access, vantage: Vantage) -> dict[str, str]:
    """The first Node of its group by each Node that may take the packet; empty where no Node does."""
    client = placed(case, vantage, access.family)
    if client is None or access not in accesses(case) or is_left_to_load_balancer(case, access):
        return {}
    if client.kind is not VantageKind.EXTERNAL and not client.node:
        return {}
    return {name: group[0] for group in ingress_groups(case, access, client) for name in group}


def _own_endpoints(case: Case, access: Access) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for backend in usable(case, access) if access in accesses(case) else ():
        found.setdefault(backend.node, set()).add(backend.address)
    return {node: frozenset(addresses) for node, addresses in found.items()}


def _paths(case: Case, classes: _Classes, vantage: Vantage) -> Iterator[Path]:
    for access, nodes in classes.items():
        known = _group_of(case, access, vantage)
        yield from trace_at(case, vantage, access, (node for node in nodes if node in known))


def _weight(change: Change, classes: _Classes) -> int:
    access = change.ingress.access
    return len(classes[access][change.ingress.name]) if access else 1


def _points(paths: Iterable[Path], classes: _Classes) -> dict[tuple[str, str], dict[str, None]]:
    """The Nodes of each SNAT point on ways that deliver."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for path in paths:
        for rewrite in path.snat if path.outcome is Outcome.DELIVERED else ():
            mark = f"{path.ingress} "
            nodes = classes[path.access][path.ingress] if rewrite.where.startswith(mark) else (path.client.node,)
            place = rewrite.where.removeprefix(mark).removeprefix(f"{path.client.node} ")
            found.setdefault((rewrite.id, place), {}).update(dict.fromkeys(nodes))
    return found


def _missing(
    one: Mapping[tuple[str, str], dict[str, None]], other: Mapping[tuple[str, str], dict[str, None]]
) -> tuple[SnatPoint, ...]:
    found = ((point, tuple(name for name in nodes if name not in other.get(point, {}))) for point, nodes in one.items())
    return tuple(SnatPoint(*point, nodes) for point, nodes in found if nodes)


def _outcome(path: Path | None) -> Outcome | None:
    return path.outcome if path else None


def _delivers(path: Path | None) -> bool:
    return path is not None and path.outcome is Outcome.DELIVERED


def _keeps(path: Path | None) -> bool:
    return path is not None and path.keeps_client


def _ways(count: int) -> str:
    return f"{count} {'way' if count == 1 else 'ways'}"


def _fate(outcome: Outcome | None) -> str:
    return outcome.value if outcome else "no such way"
