"""What policies do with a client as they see it, beside what they would do if its own address were kept."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from diagnostics.checks.paths import hides_client, ways_in
from diagnostics.checks.policies import pod_rules
from diagnostics.datapath.path import Path, SeenKind, SeenSource
from diagnostics.datapath.trace import own_addresses, seen_addresses
from diagnostics.model.case import Case, Cluster
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from diagnostics.policy.ranges import AddressSet, RangeError
from diagnostics.policy.rules import AppliedRule
from diagnostics.policy.sources import Block

FAMILIES = (4, 6)
# Addresses that documentation reserves (RFC 5737, RFC 3849): the first that no rule names is the stranger.
STRANGERS = {
    4: ("203.0.113.10", "198.51.100.10", "192.0.2.10"),
    6: ("2001:db8::10", "2001:db8:ffff::10"),
}


@dataclass(frozen=True, slots=True)
class Fate:
    """One client on one path: the verdict as its address is seen, and the one if it were kept."""

    path: Path
    client: str
    seen: PolicyVerdict
    kept: PolicyVerdict

    @property
    def wrongly_denied(self) -> int:
        """Endpoints that keep the client out only because its address is not seen."""
        return self.seen.denied if self.kept.verdict in (Decision.ALLOW, Decision.NONE) else 0

    @property
    def wrongly_allowed(self) -> int:
        """Endpoints that let the client in only because its address is not seen."""
        return self.seen.allowed if self.kept.verdict is Decision.DENY else 0

    @property
    def doubt(self) -> str:
        """What would settle the verdicts; empty when both are certain."""
        unclear = next((verdict for verdict in (self.seen, self.kept) if verdict.undecided), None)
        return unclear.why if unclear else ""


def fate(case: Case, path: Path, client: str) -> Fate:
    """The fate of a client outside on a path that hides it."""
    kept = replace(path, seen=SeenSource(SeenKind.CLIENT, client), rewrites=(), twins=())
    return Fate(path, client, judge(case, path, client), judge(case, kept, client))


def fates_of(case: Case, rule: AppliedRule, ranges: Iterable[str]) -> list[Fate]:
    """The fates of a client that a rule means by these ranges, one for each path that hides it from the rule."""
    intended = _outside(case, ranges)
    clients = {family: example_of(intended, family) for family in FAMILIES}
    return [
        fate(case, path, client)
        for family, client in clients.items()
        if client
        for path in hiding_paths(case, family)
        if concerns(rule, path)
    ]


def hiding_paths(case: Case, family: int) -> tuple[Path, ...]:
    """The paths of a family that deliver with another address than the client's."""
    return tuple(path for path in ways_in(case) if hides_client(path) and path.access.family == family)


def concerns(rule: AppliedRule, path: Path) -> bool:
    """Whether the rule may speak of the port that the path leads to (a named port may)."""
    return rule.ports.matches(path.target_port, path.access.protocol, None) is not False


def ours(case: Case) -> AddressSet:
    """Every address that belongs to the cluster: podCIDRs, gateways, Nodes, Antrea's own."""
    return case.cluster.once(_ours)


def visible(case: Case) -> AddressSet:
    """Every address that stands for an outside client of this Service."""
    return AddressSet.of(case.once(seen_addresses))


def example_of(addresses: AddressSet, family: int) -> str:
    """One address of a set; empty when it has none of the family."""
    for first, last in addresses.family(family):
        number = first + 1 if last > first + 1 else first
        return str(ipaddress.IPv4Address(number) if family == 4 else ipaddress.IPv6Address(number))
    return ""


def stranger(case: Case, family: int) -> str:
    """An outside address that no rule on the Pods names but by naming everybody; empty when all are named."""
    named = ours(case)
    for rule in pod_rules(case):
        named |= named_addresses(rule, family)
    free = [address for address in STRANGERS[family] if address not in named]
    return free[0] if free else example_of(AddressSet.everything() - named, family)


def _outside(case: Case, ranges: Iterable[str]) -> AddressSet:
    """The ranges without what belongs to the cluster: clients outside that the author had in mind."""
    try:
        return AddressSet.of(ranges) - ours(case)
    except RangeError:
        return AddressSet.nothing()


def named_addresses(rule: AppliedRule, family: int) -> AddressSet:
    """The ranges of a rule without those that mean everybody, be it with exceptions."""
    found = AddressSet.of(_ranges(rule.sources.nodes))
    for block in rule.blocks:
        if block.addresses is not None and not AddressSet.of((block.cidr,)).covers_family(family):
            found |= block.addresses
    return found


def field_path(block: Block, field: str) -> str:
    """Path of `cidr` or `except` of a block in its policy."""
    return block.path if field == "cidr" else f"{block.path.removesuffix('cidr')}{field}"


def _ours(cluster: Cluster) -> AddressSet:
    snapshot = cluster.snapshot
    ranges = [cidr for node in snapshot.nodes for cidr in node.pod_cidrs]
    ranges += [cidr for info in snapshot.agent_infos for cidr in info.node_subnets]
    return AddressSet.of(_ranges((*ranges, *cluster.node_of_ip, *own_addresses(cluster))))


def _ranges(texts: Iterable[str]) -> Iterator[str]:
    """Those texts that are an address or CIDR; a Node's Hostname is none."""
    for text in texts:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue
        yield text
