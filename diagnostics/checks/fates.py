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
from diagnostics.model.case import Case
from diagnostics.policy.admitted import Admitted, admitted
from diagnostics.policy.judge import judge
from diagnostics.policy.own_ranges import own_ranges, readable
from diagnostics.policy.ranges import AddressSet, RangeError
from diagnostics.policy.rules import AppliedRule, rules_on
from diagnostics.policy.sources import Block

FAMILIES = (4, 6)


@dataclass(frozen=True, slots=True)
class Fate:
    """Clients outside on one path, as whole ranges: how they fare as they are seen, and if their address were kept.

    `meant` are the clients that the question is about; `doubt` says what would settle it where it is not certain.
    """

    path: Path
    meant: AddressSet
    seen: Admitted
    kept: Admitted
    doubt: str

    @property
    def wrongly_denied(self) -> AddressSet:
        """Clients that some endpoint keeps out only because their address is not seen."""
        return self.meant & self.kept.let_in & (self.seen.kept_out | self.seen.sometimes)

    @property
    def wrongly_allowed(self) -> AddressSet:
        """Clients that some endpoint lets in only because their address is not seen."""
        return self.meant & self.kept.kept_out & (self.seen.let_in | self.seen.sometimes)


def fate(case: Case, path: Path, meant: AddressSet) -> Fate | None:
    """The fate of clients outside on a path that hides them; None where none of them is of the path's family."""
    family = path.access.family
    if not meant.family(family):
        return None
    kept_path = as_if_kept(path)
    seen, kept = admitted(case, path), admitted(case, kept_path)
    if seen is None or kept is None:
        return None
    for open_question, asked in ((seen, path), (kept, kept_path)):
        client = example_of(open_question.undecided & meant, family)
        if client:
            return Fate(path, meant, seen, kept, judge(case, asked, client).why)
    return Fate(path, meant, seen, kept, "")


def as_if_kept(path: Path) -> Path:
    """The same path if nothing hid its clients."""
    return replace(path, seen=SeenSource(SeenKind.CLIENT, path.client.ip), rewrites=(), twins=())


def fates_of(case: Case, rule: AppliedRule, ranges: Iterable[str]) -> list[Fate]:
    """The fates of all clients that a rule means by these ranges, one for each path that hides them from the rule."""
    intended = _outside(case, ranges)
    found = (
        fate(case, path, intended) for family in FAMILIES for path in hiding_paths(case, family) if concerns(rule, path)
    )
    return [item for item in found if item is not None]


def together(sets: Iterable[AddressSet]) -> AddressSet:
    """All addresses of the sets."""
    return reduce(or_, sets, AddressSet.nothing())


def hiding_paths(case: Case, family: int) -> tuple[Path, ...]:
    """The paths of a family that deliver with another address than the client's."""
    return tuple(path for path in ways_in(case) if hides_client(path) and path.access.family == family)


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
    return of_family(AddressSet.everything() - ours(case), family)


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
    """The ranges without what belongs to the cluster: clients outside that the author had in mind."""
    try:
        return AddressSet.of(ranges) - ours(case)
    except RangeError:
        return AddressSet.nothing()


def named_addresses(rule: AppliedRule, family: int) -> AddressSet:
    """The ranges of a rule without those that mean everybody, be it with exceptions."""
    found = AddressSet.of(readable(rule.sources.nodes))
    for block in rule.blocks:
        if block.addresses is not None and not AddressSet.of((block.cidr,)).covers_family(family):
            found |= block.addresses
    return found


def field_path(block: Block, field: str) -> str:
    """Path of `cidr` or `except` of a block in its policy."""
    return block.path if field == "cidr" else f"{block.path.removesuffix('cidr')}{field}"


def _visible(case: Case) -> AddressSet:
    return AddressSet.of(case.once(seen_addresses))
