"""One Service in one line: what a list shows, and the sentence above the drawing."""

from dataclasses import dataclass

from diagnostics.datapath.path import Keeping, Outcome, Path, SeenKind
from diagnostics.datapath.trace import external_paths, service_keeping
from diagnostics.model.case import Case


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """What a list of Services shows. `addresses` are those that clients outside dial; `endpoints` the usable ones."""

    key: str
    type: str
    keeping: Keeping
    policy: str
    addresses: tuple[str, ...]
    endpoints: int
    reason: str


def summarise(case: Case) -> ServiceSummary:
    """The line for one Service."""
    spec = case.service.spec
    ports = tuple(f"*:{port}" for port in case.node_ports)
    inside = () if spec.cluster_ip in ("", "None") else (spec.cluster_ip,)
    return ServiceSummary(
        key=case.key,
        type="Headless" if case.service.is_headless else spec.type,
        keeping=service_keeping(case),
        policy=case.service.external_policy if case.is_exposed else "",
        addresses=(*case.external_addresses, *ports) or inside,
        endpoints=len(case.all_backends),
        reason=reason(case),
    )


def reason(case: Case) -> str:
    """Why the badge of the Service is what it is, in one short sentence."""
    if case.service.spec.type == "ExternalName":
        return f"A DNS alias for {case.service.spec.external_name}: no proxy handles it."
    if case.service.is_headless:
        return "Headless: clients talk to the Pods themselves, no proxy is between."
    if not case.is_exposed:
        return "Reached from inside the cluster only."
    return told(case.once(external_paths))


def told(paths: tuple[Path, ...]) -> str:
    """What clients outside meet on these paths, with shares, in one sentence."""
    delivered = [path for path in paths if path.outcome is Outcome.DELIVERED]
    if not delivered:
        outcomes = sorted({path.outcome.value for path in paths})
        return f"No connection from outside arrives: {', '.join(outcomes)}." if paths else "No way from outside."
    shares = sorted({_kept_share(paths, node) for node in {path.ingress for path in delivered}})
    if len(shares) == 1:
        kept, of = shares[0]
        if kept == of:
            return f"Client address kept for {_all(of)}."
        if kept == 0:
            return f"Client address hidden for {_all(of)}: Pods see {_seen(delivered)}."
        return f"Client address kept for {kept} of {of} endpoints from every Node."
    worst, best = shares[0], shares[-1]
    return (
        f"Client address kept for {worst[0]} of {worst[1]} endpoints from one Node, "
        f"{best[0]} of {best[1]} from another: it depends on where a connection lands."
    )


def _all(endpoints: int) -> str:
    return "the only endpoint" if endpoints == 1 else f"all {endpoints} endpoints"


def _kept_share(paths: tuple[Path, ...], node: str) -> tuple[int, int]:
    """Kept and delivered endpoints from one ingress Node, by the access that keeps least."""
    by_access: dict[object, tuple[int, int]] = {}
    for path in paths:
        if path.ingress == node and path.outcome is Outcome.DELIVERED:
            kept, of = by_access.get(path.access, (0, 0))
            gain = path.share.endpoints if path.keeps_client else 0
            by_access[path.access] = (kept + gain, of + path.share.endpoints)
    return min(by_access.values(), key=lambda share: share[0] / share[1] if share[1] else 0)


def _seen(paths: list[Path]) -> str:
    owners = {
        SeenKind.GATEWAY: "an address of antrea-gw0",
        SeenKind.NODE: "a Node's address",
        SeenKind.VIRTUAL: "Antrea's virtual address 169.254.0.253",
        SeenKind.UNKNOWN: "an address that cannot be told",
    }
    addresses = sorted({path.seen.ip for path in paths if not path.keeps_client and path.seen.ip})
    if len(addresses) == 1 and not any(path.twins for path in paths):
        return addresses[0]
    kinds = {owners.get(path.seen.kind, "another address") for path in paths if not path.keeps_client}
    return " or ".join(sorted(kinds))
