"""For one Path the exact set of clients outside that are let in: whole ranges, not samples."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.datapath.path import Outcome, Path
from diagnostics.model.case import Case
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import judge
from diagnostics.policy.ranges import AddressSet, Interval, RangeError, address_text, cells
from diagnostics.policy.rules import rules_on


@dataclass(frozen=True, slots=True)
class Admitted:
    """The addresses of one family, parted by how a client with them fares on a Path.

    `let_in`: by every endpoint, through every ingress Node of the class. `kept_out`: by every one. `sometimes`: let
    in by some and kept out by others. `undecided`: what is known does not tell.
    """

    let_in: AddressSet
    kept_out: AddressSet
    sometimes: AddressSet
    undecided: AddressSet

    @property
    def who(self) -> str:
        """Who is let in, for a person: `everybody`, `nobody`, `cannot tell`, or the ranges."""
        partly = self.sometimes or self.undecided
        if not self.kept_out and not partly:
            return "everybody"
        if not self.let_in and not partly:
            return "nobody"
        if not self.let_in and not self.kept_out and not self.sometimes:
            return "cannot tell"
        parts = [str(self.let_in)] if self.let_in else []
        parts += [f"sometimes {self.sometimes}"] if self.sometimes else []
        parts += [f"perhaps {self.undecided}"] if self.undecided else []
        return "; ".join(parts)


def admitted(case: Case, path: Path) -> Admitted | None:
    """Who is let in on a Path from outside; None where no connection arrives.

    No rule can tell two addresses apart that lie between the same ends of ranges, so one address of each such cell
    is judged for all of it.
    """
    if path.outcome not in (Outcome.DELIVERED, Outcome.UNKNOWN):
        return None
    family = path.access.family
    parted: dict[str, list[Interval]] = {"in": [], "out": [], "sometimes": [], "undecided": []}
    for cell in cells(_told_apart(case), family):
        verdict = judge(case, path, address_text(family, cell[0]))
        if verdict.verdict in (Decision.ALLOW, Decision.NONE):
            parted["in"].append(cell)
        elif verdict.verdict is Decision.DENY:
            parted["out"].append(cell)
        else:
            parted["sometimes" if verdict.is_split and not verdict.undecided else "undecided"].append(cell)
    return Admitted(*(AddressSet.of_intervals(family, intervals) for intervals in parted.values()))


def _told_apart(case: Case) -> Iterator[AddressSet]:
    """Every set of addresses that some rule may tell from the others."""
    rules = case.once(rules_on)
    yield from (rule.sources.addresses for rule in rules)
    if any(rule.selects_pods for rule in rules):
        ranges = [cidr for node in case.snapshot.nodes for cidr in node.pod_cidrs]
        ranges += [cidr for info in case.snapshot.agent_infos for cidr in info.node_subnets]
        for text in (*ranges, *case.cluster.node_of_ip, *(ip for pod in case.snapshot.pods for ip in pod.ips)):
            try:
                yield AddressSet.of([text])
            except RangeError:
                continue
