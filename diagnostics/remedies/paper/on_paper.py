"""Whether a filter would do what it is for, by the same judgement of policies that the drawing shows."""

import ipaddress
from collections.abc import Iterator

from diagnostics.checks.evidence import listed
from diagnostics.datapath.path import AccessKind, Outcome, Path
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from diagnostics.policy.ranges import AddressSet
from diagnostics.remedies.plan.plan import Prerequisite
from diagnostics.remedies.prerequisites.cluster_ranges import families_of
from diagnostics.remedies.prerequisites.prerequisites import met_or

_STRANGERS = {
    4: ("192.0.2.77", "198.51.100.77", "203.0.113.77", "9.9.9.9", "77.7.7.7"),
    6: ("2001:db8:ffff::77", "2600::77", "2a00::77"),
}
_PROBES_AT_MOST = 8
_LET_IN = (Decision.ALLOW, Decision.NONE)


def filter_works(now: Case, then: Case, allowed: AddressSet, spared: AddressSet) -> tuple[Prerequisite, ...]:
    """Allowed clients come in by the NodePort, others do not, and no other address of the Service opens to these.

    `now` is the Case today, `then` as the plan leaves it; `spared` is everything that the filter lets through.
    """
    families = families_of(then.service)
    inside = [str(ipaddress.ip_network(cidr)[0]) for cidr in allowed.cidrs]
    outside = [next((ip for ip in _STRANGERS[family] if ip not in spared), "") for family in families]
    strangers = [address for address in outside if address]
    return (
        _all_fare(
            then,
            "Allowed clients get in (computed)",
            [address for address in inside if _family(address) in families][:_PROBES_AT_MOST],
            _LET_IN,
            "A policy that this plan does not touch still denies them: change it, then plan again.",
        ),
        _all_fare(
            then,
            "Other clients are kept out (computed)",
            strangers,
            (Decision.DENY,),
            "A policy that comes before still lets them in: change it, then plan again.",
        ),
        *_nothing_else_opens(now, then, strangers),
    )


def _nothing_else_opens(now: Case, then: Case, strangers: list[str]) -> Iterator[Prerequisite]:
    if not then.external_addresses:
        return
    opened = sorted(_open_addresses(then, strangers) - _open_addresses(now, strangers))
    yield met_or(
        not opened,
        "No other address of the Service opens to everybody (computed)",
        f"{listed(opened)} would: the Pods' half admits what arrives from other Nodes."
        if opened
        else f"{listed(then.external_addresses)} lets in nobody new.",
        "A policy on a Service does not cover these addresses. Do the remedy use-dsr first, or make the Service type "
        "NodePort, then plan again.",
    )


def _open_addresses(case: Case, clients: list[str]) -> set[str]:
    """Load-balancer and external IPs through which any of these clients gets in on some way."""
    return {
        path.access.address
        for client in clients
        for path, verdict in _judged(case, client, node_port=False)
        if verdict.verdict in _LET_IN or verdict.allowed
    }


def _all_fare(case: Case, title: str, clients: list[str], wanted: tuple[Decision, ...], settles: str) -> Prerequisite:
    wrong, doubts, ways = [], [], 0
    for client in clients:
        for path, verdict in _judged(case, client, node_port=True):
            ways += 1
            if verdict.verdict in wanted:
                continue
            if verdict.verdict is Decision.UNKNOWN and not verdict.is_split:
                doubts.append(f"{client}: {verdict.why}")
            else:
                what = "some Pods only" if verdict.is_split else verdict.verdict.value
                wrong.append(f"{client} through {path.ingress}: {what} by {verdict.decided_by or 'no rule'}")
    if wrong:
        return met_or(False, title, f"{listed(wrong, 2)}.", settles)
    if doubts or not ways:
        return met_or(None, title, listed(doubts, 2) or "No way could be computed.", "Prove it with real clients.")
    return met_or(True, title, f"Judged for {listed(clients)}, {ways} ways in all.", "")


def _judged(case: Case, client: str, *, node_port: bool) -> Iterator[tuple[Path, PolicyVerdict]]:
    for path in case.once(external_paths):
        right_kind = (path.access.kind is AccessKind.NODE_PORT) == node_port
        if right_kind and path.outcome is Outcome.DELIVERED and path.access.family == _family(client):
            yield path, judge(case, path, client)


def _family(address: str) -> int:
    return ipaddress.ip_address(address).version
