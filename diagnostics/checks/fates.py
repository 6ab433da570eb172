"""What policies do with a client as they see it, beside what they would do if its own address were kept."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from diagnostics.checks.evidence import listed
from diagnostics.checks.paths import hides_client, ways_in
from diagnostics.checks.policies import service_rules
from diagnostics.datapath.path import Path, SeenKind, SeenSource
from diagnostics.datapath.trace import seen_addresses
from diagnostics.model.case import Case, Cluster
from diagnostics.policy.admitted import Admitted, admitted
from diagnostics.policy.judge import judge
from diagnostics.policy.own_ranges import own_ranges, readable
from diagnostics.policy.ranges import AddressSet, RangeError
from diagnostics.policy.rules import AppliedRule, rules_on

FAMILIES = (4, 6)


@dataclass(frozen=True, slots=True)
class Hidden:
    """Paths of one family and port that hide their clients, and on which these fare alike.

    `seen`: how clients fare as they are seen there; `kept`: how they would if their address were kept.
    """

    paths: tuple[Path, ...]
    seen: Admitted
    kept: Admitted

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.paths[0].access.family


@dataclass(frozen=True, slots=True)
class Fate:
    """Clients outside on hiding paths, as whole ranges: how they fare as they are seen, and if they were not hidden.

    `meant` are the clients that the question is about; `doubt` says what would settle it where it is not certain.
    """

    hidden: Hidden
    meant: AddressSet
    doubt: str

    @property
    def wrongly_denied(self) -> AddressSet:
        """Clients that some endpoint keeps out only because their address is not seen."""
        return self.meant & self.hidden.kept.let_in & (self.hidden.seen.kept_out | self.hidden.seen.sometimes)

    @property
    def wrongly_allowed(self) -> AddressSet:
        """Clients that some endpoint lets in only because their address is not seen."""
        return self.meant & self.hidden.kept.kept_out & (self.hidden.seen.let_in | self.hidden.seen.sometimes)


def fate(case: Case, hidden: Hidden, meant: AddressSet) -> Fate:
    """The fate of clients outside on paths that hide them."""
    path = hidden.paths[0]
    for answer, asked in ((hidden.seen, path), (hidden.kept, as_if_kept(path))):
        client = example_of(answer.undecided & meant, hidden.family)
        if client:
            return Fate(hidden, meant, judge(case, asked, client).why)
    return Fate(hidden, meant, "")


def fates_of(case: Case, rule: AppliedRule, ranges: Iterable[str]) -> list[Fate]:
    """The fates of all clients that a rule means by these ranges, wherever they are hidden from the rule."""
    intended = _outside(case, ranges)
    return [
        fate(case, hidden, intended)
        for hidden in hidden_ways(case)
        if intended.family(hidden.family) and concerns(rule, hidden.paths[0])
    ]


def hidden_ways(case: Case) -> tuple[Hidden, ...]:
    """The paths that deliver with another address than the client's, those together on which clients fare alike.

    Raises CannotTell as `ways_in` does.
    """
    return case.once(_hidden_ways)


def _hidden_ways(case: Case) -> tuple[Hidden, ...]:
    alike: dict[object, tuple[list[Path], Admitted, Admitted]] = {}
    for path in filter(hides_client, ways_in(case)):
        seen, kept = admitted(case, path), admitted_if_kept(case, path)
        if seen is not None and kept is not None:
            access = path.access
            key = access.family, access.protocol, path.target_port, id(seen), id(kept)
            alike.setdefault(key, ([], seen, kept))[0].append(path)
    found = [Hidden(tuple(paths), seen, kept) for paths, seen, kept in alike.values()]
    return tuple(sorted(found, key=lambda hidden: hidden.family))


def admitted_if_kept(case: Case, path: Path) -> Admitted | None:
    """Who would be let in if nothing hid the clients of the path."""
    return case.once(_IfKept(path))


@dataclass(frozen=True, slots=True)
class _IfKept:
    path: Path

    def __call__(self, case: Case) -> Admitted | None:
        return admitted(case, as_if_kept(self.path))


def as_if_kept(path: Path) -> Path:
    """The same path if nothing hid its clients."""
    return replace(path, seen=SeenSource(SeenKind.CLIENT, path.client.ip), rewrites=(), twins=())


def together(sets: Iterable[AddressSet]) -> AddressSet:
    """All addresses of the sets."""
    return reduce(or_, sets, AddressSet.nothing())


def concerns(rule: AppliedRule, path: Path) -> bool:
    """Whether the rule may speak of the port that the path leads to (a named port may)."""
    return rule.ports.matches(path.target_port, path.access.protocol, None) is not False


def ours(case: Case) -> AddressSet:
    """Every address that belongs to the cluster: podCIDRs, gateways, Nodes, Antrea's own."""
    return case.cluster.once(own_ranges)


def visible(case: Case) -> AddressSet:
    """Every address that stands for an outside client of this Service."""
    return case.once(_visible)


def example_of(addresses: AddressSet, family: int) -> str:
    """One address of a set; empty when it has none of the family."""
    for first, last in addresses.family(family):
        number = first + 1 if last > first + 1 else first
        return str(ipaddress.IPv4Address(number) if family == 4 else ipaddress.IPv6Address(number))
    return ""


def strangers(case: Case, family: int) -> AddressSet:
    """The addresses outside that no rule names, neither to let them in nor to spare them from being dropped.

    A rule that names everybody, be it with exceptions, names nobody; on the Service its exceptions are named.
    """
    named = ours(case) | together(named_addresses(rule, family) for rule in case.once(rules_on))
    spared = [text for rule in service_rules(case) for block in rule.blocks for text in block.excluded]
    return of_family(AddressSet.everything() - named - AddressSet.of(readable(spared)), family)


def outsiders(case: Case, family: int) -> AddressSet:
    """Every address of a family that does not belong to the cluster."""
    return of_family(case.cluster.once(_foreign), family)


def _foreign(cluster: Cluster) -> AddressSet:
    return AddressSet.everything() - cluster.once(own_ranges)


def of_family(addresses: AddressSet, family: int) -> AddressSet:
    """The addresses of one family."""
    return AddressSet.of_intervals(family, addresses.family(family))


def said(case: Case, clients: AddressSet) -> str:
    """Clients outside in a sentence: their ranges, or `everybody` with the ranges that are left out."""
    left_out = AddressSet.nothing()
    for family in FAMILIES:
        if clients.family(family):
            left_out |= outsiders(case, family) - clients
    if not left_out:
        return "everybody"
    if len(left_out.cidrs) < len(clients.cidrs):
        return f"everybody but {listed(left_out.cidrs)}"
    return listed(clients.cidrs)


def _outside(case: Case, ranges: Iterable[str]) -> AddressSet:
    """The ranges without what belongs to the cluster: clients outside that the author had in mind.

    kube-proxy's clusterCIDR holds the Pods of Nodes to come.
    """
    to_come = AddressSet.of(readable(case.cluster.kube_proxy.cluster_cidrs))
    try:
        return AddressSet.of(ranges) - ours(case) - to_come
    except RangeError:
        return AddressSet.nothing()


def named_addresses(rule: AppliedRule, family: int) -> AddressSet:
    """The ranges of a rule without those that mean everybody, be it with exceptions."""
    found = AddressSet.of(readable(rule.sources.nodes))
    for block in rule.blocks:
        if block.addresses is not None and not AddressSet.of((block.cidr,)).covers_family(family):
            found |= block.addresses
    return found


def _visible(case: Case) -> AddressSet:
    return AddressSet.of(case.once(seen_addresses))
