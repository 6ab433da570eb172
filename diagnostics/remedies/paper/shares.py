"""What becomes of all connections of clients outside, as shares that add up to one.

Clients are taken to spread evenly over the addresses of the Service and its ingress Nodes, and Nodes over the
endpoints that they choose from. Real clients may not: the words beside the numbers say so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from diagnostics.datapath.path import Access, Keeping, Outcome, Path, SeenKind, keeping
from diagnostics.datapath.trace import arriving_paths
from diagnostics.model.case import Case
from diagnostics.policy.enforcement import at_service, service_rules_apply

EVENLY = "if clients spread evenly over addresses and Nodes"
_NONE = Fraction(0)


@dataclass(frozen=True, slots=True)
class Shares:
    """Parts of all connections: with the client's own address, with another one, failing, or not to be told."""

    own: Fraction = _NONE
    hidden: Fraction = _NONE
    failing: Fraction = _NONE
    unknown: Fraction = _NONE

    @property
    def text(self) -> str:
        """The part with the client's own address, such as `33 %`; failing and unknown parts are added."""
        if self.unknown == 1:
            return "cannot tell"
        more = [f"{percent(self.failing)} fail"] if self.failing else []
        more += [f"{percent(self.unknown)} unknown"] if self.unknown else []
        return ", ".join((percent(self.own), *more))


@dataclass(frozen=True, slots=True)
class Sees:
    """Who sees the client's own address: the application, policies on its Pods, a policy on the Service."""

    application: Keeping
    pod_policy: Keeping
    service_policy: Keeping


def percent(part: Fraction) -> str:
    """A part in whole percent; never 0 or 100 unless it is exactly that."""
    rounded = round(part * 100)
    if part and not rounded:
        return "<1 %"
    return ">99 %" if rounded == 100 and part != 1 else f"{rounded} %"


def shares(case: Case) -> Shares | None:
    """The shares for the addresses that clients outside use; None where there are none."""
    groups = tuple(_by_node(case.once(arriving_paths)))
    if not groups:
        return None
    accesses = {access for access, _, _ in groups}
    parts = {"own": _NONE, "hidden": _NONE, "failing": _NONE, "unknown": _NONE}
    for access in accesses:
        here = [(nodes, paths) for other, nodes, paths in groups if other == access]
        every = sum(nodes for nodes, _ in here)
        for nodes, paths in here:
            weight = Fraction(nodes, every * len(accesses))
            for name, part in _parts(paths):
                parts[name] += weight * part
    return Shares(**parts)


def sees(case: Case) -> Sees:
    """Who sees the client's own address on the ways that clients outside use."""
    paths = case.once(arriving_paths)
    at_pod = keeping(paths)
    return Sees(at_pod, at_pod, _at_service(case, paths))


def failing_nodes(case: Case) -> tuple[str, ...]:
    """Ingress Nodes by which some address is known not to work."""
    bad = (Outcome.DROPPED, Outcome.REJECTED, Outcome.LOST, Outcome.UNHANDLED)
    paths = case.once(arriving_paths)
    return tuple(dict.fromkeys(node for path in paths if path.outcome in bad for node in (path.ingress, *path.twins)))


def busiest(case: Case) -> Fraction | None:
    """How many times the connections of the quietest endpoint the busiest one gets; None without two endpoints.

    The first address stands for all of them; endpoints that no Node chooses are left out.
    """
    paths = case.once(arriving_paths)
    load: dict[str, Fraction] = {}
    for path in paths:
        if path.access == paths[0].access and path.outcome is Outcome.DELIVERED and path.endpoint.addresses:
            chosen_from = sum(
                other.share.endpoints for other in paths if (other.access, other.ingress) == (path.access, path.ingress)
            )
            for address in path.endpoint.addresses:
                load[address] = load.get(address, _NONE) + Fraction(1 + len(path.twins), chosen_from)
    return max(load.values()) / min(load.values()) if len(load) > 1 else None


def _by_node(paths: Iterable[Path]) -> Iterable[tuple[Access, int, list[Path]]]:
    """The Paths of each access and ingress Node, with how many Nodes they stand for."""
    found: dict[tuple[Access, str], list[Path]] = {}
    for path in paths:
        found.setdefault((path.access, path.ingress), []).append(path)
    for (access, _), members in found.items():
        yield access, 1 + len(members[0].twins), members


def _parts(paths: list[Path]) -> Iterable[tuple[str, Fraction]]:
    """How the connections by one Node divide."""
    endpoints = sum(path.share.endpoints for path in paths)
    for path in paths:
        part = Fraction(path.share.endpoints, endpoints) if endpoints else Fraction(1, len(paths))
        yield _fate(path), part


def _fate(path: Path) -> str:
    if path.outcome is Outcome.UNKNOWN:
        return "unknown"
    if path.outcome is not Outcome.DELIVERED:
        return "failing"
    if path.seen.kind is SeenKind.UNKNOWN:
        return "unknown"
    return "own" if path.keeps_client else "hidden"


def _at_service(case: Case, paths: tuple[Path, ...]) -> Keeping:
    answers = {_tells_clients_apart(case, path) for path in paths if path.outcome is Outcome.DELIVERED}
    if not paths:
        return Keeping.NOT_EXPOSED
    if not answers:
        return Keeping.UNREACHABLE
    if {True, False} <= answers:
        return Keeping.SOMETIMES
    if None in answers:
        return Keeping.SOMETIMES if True in answers else Keeping.CANNOT_TELL
    return Keeping.KEEPS if True in answers else Keeping.NEVER


def _tells_clients_apart(case: Case, path: Path) -> bool | None:
    """Whether rules on the Service are asked on this Path, and about the client's own address."""
    asked, _ = service_rules_apply(case, path)
    source = at_service(case, path, path.client)
    if asked and source.address != path.client.ip:
        return False if source.address else None
    return asked
