"""For one Path the exact set of clients outside that are let in: whole ranges, not samples."""

from dataclasses import dataclass, field

from diagnostics.datapath.path import Outcome, Path, SeenKind
from diagnostics.model.case import Case
from diagnostics.policy.alike import Fare
from diagnostics.policy.enforcement import service_rules_apply
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge_outsider
from diagnostics.policy.meeting import Meetings
from diagnostics.policy.ranges import AddressSet, Interval, address_text
from diagnostics.policy.rules import AppliedAt, rules_on


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

    def within(self, addresses: AddressSet) -> "Admitted":
        """The same of these addresses alone."""
        return Admitted(*(part & addresses for part in (self.let_in, self.kept_out, self.sometimes, self.undecided)))


def admitted(case: Case, path: Path) -> Admitted | None:
    """Who is let in on a Path from outside; None where no connection arrives.

    No rule can tell two addresses apart that lie between the same ends of ranges, so one address of those that meet
    the same rules is judged for all of them. Paths that policies cannot tell apart get one and the same answer.
    """
    if path.outcome not in (Outcome.DELIVERED, Outcome.UNKNOWN):
        return None
    return case.once(_Question(case.once(Fare(path)), path))


@dataclass(frozen=True, slots=True)
class _Question:
    """Who is let in on a Path, and on all that policies meet alike: `fare` is what they can tell."""

    fare: object
    path: Path = field(compare=False)

    def __call__(self, case: Case) -> Admitted:
        path, family = self.path, self.path.access.family
        covers, _ = service_rules_apply(case, path)
        telling = case.once(_Telling(path.seen.kind is SeenKind.CLIENT, covers is not False or bool(path.twins)))
        parted: dict[str, list[Interval]] = {"in": [], "out": [], "sometimes": [], "undecided": []}
        known: dict[int, str] = {}
        for cell, met in telling.by_cell(family):
            if id(met) not in known:
                verdict = judge_outsider(case, path, address_text(family, cell[0]))
                known[id(met)] = _part(verdict)
            parted[known[id(met)]].append(cell)
        return Admitted(*(AddressSet.of_intervals(family, intervals) for intervals in parted.values()))


@dataclass(frozen=True, slots=True)
class _Telling:
    """Rules that are compared with the client's own address: those on the Pods, on the Service, or both."""

    pods: bool
    service: bool

    def __call__(self, case: Case) -> Meetings:
        asked = {AppliedAt.POD: self.pods, AppliedAt.SERVICE: self.service}
        return Meetings([rule for rule in case.once(rules_on) if asked[rule.at]])


def _part(verdict: PolicyVerdict) -> str:
    if verdict.verdict in (Decision.ALLOW, Decision.NONE):
        return "in"
    if verdict.verdict is Decision.DENY:
        return "out"
    return "sometimes" if verdict.is_split and not verdict.undecided else "undecided"
