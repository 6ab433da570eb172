"""One Service in one line: what a list shows, and the sentence above the drawing."""

from dataclasses import dataclass, replace
from itertools import chain

from diagnostics.datapath.front_end import SETTLES, front_end
from diagnostics.datapath.ingress import Group
from diagnostics.datapath.path import Access, AccessKind, Keeping, Outcome, Path, SeenKind, keeping
from diagnostics.datapath.trace import arriving_paths, external_paths, service_keeping
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Source

_ORDER = (AccessKind.LOAD_BALANCER, AccessKind.EXTERNAL_IP, AccessKind.NODE_PORT, AccessKind.CLUSTER_IP)
_OWNERS = {
    SeenKind.GATEWAY: "an address of antrea-gw0",
    SeenKind.NODE: "a Node's address",
    SeenKind.VIRTUAL: "Antrea's virtual address 169.254.0.253",
    SeenKind.UNKNOWN: "an address that cannot be told",
}
_OUTCOMES = {
    Outcome.DROPPED: "dropped",
    Outcome.REJECTED: "rejected",
    Outcome.LOST: "lost",
    Outcome.UNHANDLED: "served by nobody",
    Outcome.UNKNOWN: "of unknown fate",
}


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """What a list of Services shows. `addresses` are those that clients outside dial; `endpoints` the usable ones.

    `knows_endpoints` is false where the EndpointSlices could not be read, so that none is not a fact. `keeping` is
    None as long as it has not been worked out.
    """

    key: str
    type: str
    keeping: Keeping | None
    policy: str
    addresses: tuple[str, ...]
    endpoints: int
    reason: str
    knows_endpoints: bool = True


def summarise(case: Case) -> ServiceSummary:
    """The line for one Service."""
    return replace(outline(case), keeping=service_keeping(case), reason=reason(case))


def outline(case: Case) -> ServiceSummary:
    """The line for one Service without its verdict, for a quick first list of thousands."""
    spec = case.service.spec
    ports = tuple(f"*:{port}" for port in case.node_ports)
    inside = () if spec.cluster_ip in ("", "None") else (spec.cluster_ip,)
    endpoints = case.backend_count
    return ServiceSummary(
        key=case.key,
        type="Headless" if case.service.is_headless else spec.type,
        keeping=None,
        policy=case.service.external_policy if case.is_exposed else "",
        addresses=(*case.external_addresses, *ports) or inside,
        endpoints=endpoints,
        reason="",
        knows_endpoints=endpoints > 0 or case.snapshot.gap(Source.SLICES, case.namespace) is None,
    )


def reason(case: Case) -> str:
    """Why the badge of the Service is what it is, in one short sentence."""
    if case.service.spec.type == "ExternalName":
        return f"A DNS alias for {case.service.spec.external_name}: no proxy handles it."
    if case.service.is_headless:
        return "Headless: clients talk to the Pods themselves, no proxy is between."
    if not case.is_exposed:
        return "Reached from inside the cluster only."
    before = case.once(front_end)
    if before and before.hides and before.told:
        return f"Client address hidden. {before.hides}"
    return f"{told(case.once(arriving_paths))}{_front_end(case)}"


def _front_end(case: Case) -> str:
    """What the front end has to do with the answer, where the addresses that it decides between differ."""
    every = case.once(external_paths)
    by_kind = {kind: tuple(path for path in every if path.access.kind is kind) for kind in _DECIDED_BY_FRONT_END}
    before = case.once(front_end)
    if before and before.hides:
        return f" {before.hides}"
    if before is None or len({keeping(paths) for paths in by_kind.values() if paths}) < 2:
        return ""
    if before.arrives is None:
        return f" Which of them clients meet depends on the load balancer: {SETTLES}"
    who = "as you said" if before.told else before.provider or before.basis.value
    idle = "NodePorts" if before.arrives is Arrives.LB_IP else "the load-balancer IP"
    return f" That is how packets arrive ({who}); {idle} would differ."


_DECIDED_BY_FRONT_END = (AccessKind.LOAD_BALANCER, AccessKind.NODE_PORT)


def told(paths: tuple[Path, ...]) -> str:
    """What clients outside meet on these paths: shares by ingress Node, and by address where addresses differ."""
    alike: dict[str, list[str]] = {}
    for access, members in by_access(paths).items():
        names = alike.setdefault(_of_access(list(members)), [])
        if access_name(access) not in names:
            names.append(access_name(access))
    if len(alike) == 1:
        return f"{next(iter(alike))}."
    return " ".join(f"{', '.join(names)}: {text[0].lower()}{text[1:]}." for text, names in alike.items())


def by_access(paths: tuple[Path, ...]) -> dict[Access, tuple[Path, ...]]:
    """The Paths of each access; addresses meant for clients outside come first, the ClusterIP last."""
    found: dict[Access, tuple[Path, ...]] = {}
    for path in sorted(paths, key=lambda path: _ORDER.index(path.access.kind)):
        found[path.access] = (*found.get(path.access, ()), path)
    return found


def access_name(access: Access) -> str:
    """An access as people call it: its address, or NodePort and number."""
    return access.address or f"NodePort {access.port}"


def _of_access(paths: list[Path]) -> str:
    shares: dict[Group, tuple[int, int]] = {}
    astray: dict[Group, None] = {}
    for path in paths:
        group = (path.ingress, *path.twins)
        if path.outcome is Outcome.DELIVERED:
            kept, of = shares.get(group, (0, 0))
            shares[group] = (kept + path.share.endpoints * path.keeps_client, of + path.share.endpoints)
        else:
            astray[group] = None
    outcomes = sorted({_OUTCOMES[path.outcome] for path in paths if path.outcome in _OUTCOMES})
    if not shares and all(path.outcome is Outcome.UNKNOWN for path in paths):
        whys = {path.why for path in paths}
        return f"Cannot be told: {whys.pop().rstrip('.')}" if len(whys) == 1 else "Cannot be told"
    if not shares:
        is_unclear = _OUTCOMES[Outcome.UNKNOWN] in outcomes
        because = ", as there is no ready endpoint" if all(path.share.of == 0 for path in paths) else ""
        return f"No connection {'is known to arrive' if is_unclear else 'arrives'}: {' or '.join(outcomes)}{because}"
    lost = f"; by {_some(list(chain.from_iterable(astray)))} connections are {' or '.join(outcomes)}" if astray else ""
    return f"{_kept(shares, paths)}{lost}"


def _kept(shares: dict[Group, tuple[int, int]], paths: list[Path]) -> str:
    nodes: dict[tuple[int, int], list[str]] = {}
    for group, share in shares.items():
        nodes.setdefault(share, []).extend(group)
    if any(path.seen.kind is SeenKind.UNKNOWN for path in paths if path.outcome is Outcome.DELIVERED):
        return "What the Pods see cannot be told for all connections"
    if all(kept == of for kept, of in nodes):
        return "Client address kept"
    if not any(kept for kept, _ in nodes):
        return f"Client address hidden: Pods see {_seen(paths)}"
    best_first = sorted(nodes, key=lambda share: -share[0] / share[1])
    if len(best_first) == 1:
        return f"Client address kept for {best_first[0][0]} of {best_first[0][1]} endpoints"
    parts = [f"{kept} of {of} from {_some(nodes[kept, of])}" for kept, of in best_first]
    return f"Client address kept for {parts[0].replace(' from', ' endpoints from', 1)}, {', '.join(parts[1:])}"


def _some(nodes: list[str]) -> str:
    if len(nodes) <= 2:
        return " and ".join(nodes)
    return f"{nodes[0]} and {len(nodes) - 1} more Nodes"


def _seen(paths: list[Path]) -> str:
    hidden = [path for path in paths if path.outcome is Outcome.DELIVERED and not path.keeps_client]
    addresses = {path.seen.ip for path in hidden}
    if len(addresses) == 1 and not any(path.twins for path in hidden):
        return addresses.pop()
    return " or ".join(sorted({_OWNERS.get(path.seen.kind, "another address") for path in hidden}))
