"""Whether a filter would do what it is for, by the same judgement of policies that the drawing shows."""

import ipaddress

from diagnostics.checks.evidence import listed
from diagnostics.datapath.path import AccessKind, Outcome, Path
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import judge
from diagnostics.policy.ranges import AddressSet
from diagnostics.remedies.cluster_ranges import families_of
from diagnostics.remedies.plan import Prerequisite
from diagnostics.remedies.prerequisites import met_or

_STRANGERS = {
    4: ("192.0.2.77", "198.51.100.77", "203.0.113.77", "9.9.9.9", "77.7.7.7"),
    6: ("2001:db8:ffff::77", "2600::77", "2a00::77"),
}
_PROBES_AT_MOST = 8


def filter_works(then: Case, allowed: AddressSet, spared: AddressSet) -> tuple[Prerequisite, ...]:
    """Allowed clients come in by the NodePort and others do not, in the Case as the plan leaves it."""
    inside = [str(ipaddress.ip_network(cidr)[0]) for cidr in allowed.cidrs][:_PROBES_AT_MOST]
    outside = [
        next((address for address in _STRANGERS[family] if address not in spared), "")
        for family in families_of(then.service)
    ]
    return (
        _all_fare(
            then,
            "Allowed clients get in (computed)",
            [address for address in inside if _family(address) in families_of(then.service)],
            (Decision.ALLOW, Decision.NONE),
            "A policy that this plan does not touch still denies them: change it, then plan again.",
        ),
        _all_fare(
            then,
            "Other clients are kept out (computed)",
            [address for address in outside if address],
            (Decision.DENY,),
            "A policy that comes before still lets them in: change it, then plan again.",
        ),
    )


def _all_fare(then: Case, title: str, clients: list[str], wanted: tuple[Decision, ...], settles: str) -> Prerequisite:
    wrong, doubts = [], []
    paths = [path for path in then.once(external_paths) if _is_asked(path)]
    for client in clients:
        for path in (item for item in paths if item.access.family == _family(client)):
            verdict = judge(then, path, client)
            if verdict.verdict in wanted:
                continue
            if verdict.verdict is Decision.UNKNOWN and not verdict.is_split:
                doubts.append(f"{client}: {verdict.why}")
            else:
                by = verdict.decided_by or "no rule"
                wrong.append(f"{client} through {path.ingress}: {verdict.verdict.value} by {by}")
    if wrong:
        return met_or(False, title, f"{listed(wrong, 2)}.", settles)
    if doubts or not paths:
        return met_or(None, title, listed(doubts, 2) or "No way could be computed.", "Prove it with real clients.")
    return met_or(True, title, f"Judged for {listed(clients)} on {len(paths)} kinds of ways.", "")


def _is_asked(path: Path) -> bool:
    return path.access.kind is AccessKind.NODE_PORT and path.outcome is Outcome.DELIVERED


def _family(address: str) -> int:
    return ipaddress.ip_address(address).version
