"""For one Path the exact set of clients outside that are let in: whole ranges, not samples."""

from dataclasses import dataclass

from diagnostics.datapath.path import Outcome, Path
from diagnostics.model.case import Case
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import judge_outsider
from diagnostics.policy.ranges import AddressSet, Interval, address_text, cells
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
        """Who of the clients outside is let in: `everybody`, `nobody`, `cannot tell`, or the ranges, in short."""
        if not (self.sometimes or self.undecided):
            if not self.let_in:
                return "nobody"
            if not self.kept_out:
                return "everybody"
            if len(self.kept_out.cidrs) < len(self.let_in.cidrs):
                return f"everybody but {self.kept_out}"
        if not (self.let_in or self.kept_out or self.sometimes):
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
    for cell in cells((rule.sources.addresses for rule in case.once(rules_on)), family):
        verdict = judge_outsider(case, path, address_text(family, cell[0]))
        if verdict.verdict in (Decision.ALLOW, Decision.NONE):
            parted["in"].append(cell)
        elif verdict.verdict is Decision.DENY:
            parted["out"].append(cell)
        else:
            parted["sometimes" if verdict.is_split and not verdict.undecided else "undecided"].append(cell)
    return Admitted(*(AddressSet.of_intervals(family, intervals) for intervals in parted.values()))
