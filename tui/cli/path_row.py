"""One row of the table of paths: every fact of a Path in a few words. Table, Markdown and diagrams are made of it."""

from collections.abc import Iterator

from diagnostics.datapath.path import Outcome, Path, Place, SeenKind
from diagnostics.model.case import Case
from diagnostics.policy.judge import PolicyVerdict

Judged = tuple[Path, PolicyVerdict]

COLUMNS = ("access", "ingress Node", "endpoints", "handler", "outcome", "source seen", "SNAT", "policy")
WIDE = ("endpoint addresses", "wire", "where", "deciding rule", "without it", "basis", "source")


def row_of(case: Case, item: Judged) -> tuple[str, ...]:
    """The cells of COLUMNS."""
    path, verdict = item
    access = path.access
    dialled = access.address or case.cluster.node_ip(path.ingress, access.family)
    family_safe = f"[{dialled}]" if ":" in dialled else dialled
    return (
        f"{access.kind.value} {family_safe}:{access.port}/{access.protocol}",
        _ingress(path),
        _endpoints(path),
        path.handler.value,
        path.outcome.value,
        _seen(path),
        "; ".join(f"{item.id} {item.before} → {item.after}" for item in path.snat) or "-",
        ": ".join(part for part in (verdict.verdict.value, policy_name(verdict)) if part),
    )


def _ingress(path: Path) -> str:
    if not path.twins:
        return path.ingress or "-"
    more = len(path.twins)
    return f"{path.ingress} and {more} more {'Node' if more == 1 else 'Nodes'}"


def _endpoints(path: Path) -> str:
    if path.endpoint.place is Place.NONE:
        return "-"
    where = f" on {path.endpoint.node}" if path.endpoint.node else ""
    return f"{path.share.endpoints} of {path.share.of} {path.endpoint.place.value}{where}"


def _seen(path: Path) -> str:
    seen = path.seen
    if path.outcome not in (Outcome.DELIVERED, Outcome.UNKNOWN):
        return "-"
    where = f" of {seen.node}" if seen.node and seen.kind in (SeenKind.GATEWAY, SeenKind.NODE) else ""
    return " ".join(part for part in (f"{seen.kind.value}{where}", seen.ip) if part)


def wide_of(item: Judged) -> Iterator[str]:
    """The further cells of WIDE."""
    path, verdict = item
    addresses = path.endpoint.addresses
    more = f" and {len(addresses) - 4} more" if len(addresses) > 4 else ""
    yield ", ".join(addresses[:4]) + more or "-"
    yield path.wire.value
    yield "; ".join(f"{rewrite.id} {rewrite.where}" for rewrite in path.rewrites) or "-"
    yield " ".join(part for part in (verdict.rule_path, verdict.rule_name) if part) or "-"
    yield verdict.without or "-"
    yield path.basis.value
    yield path.source


def policy_name(verdict: PolicyVerdict) -> str:
    """The policy that decided, without its rule."""
    return verdict.decided_by.partition(": ")[0]
