"""What AD010 and AD011 share: a rule names clients, and on some paths it never meets them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from diagnostics.checks.evidence import listed
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.fates import Fate, fates_of, said, together
from diagnostics.checks.paths import entries, need_certainty, path_evidence, seen_instead, shares, ways_in
from diagnostics.checks.policies import need_all_policies, pod_rules
from diagnostics.datapath.path import Path
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.policy.ranges import AddressSet
from diagnostics.policy.rules import Action, AppliedRule
from diagnostics.policy.sources import Block

LETS_IN = (Action.ALLOW, Action.PASS)
KEEPS_OUT = (Action.DROP, Action.REJECT)


@dataclass(frozen=True, slots=True)
class Naming:
    """The ranges that one field of a rule names; `verb` says in a sentence what the rule means for them."""

    path: str
    ranges: tuple[str, ...]
    verb: str


@dataclass(frozen=True, slots=True)
class Blind:
    """A rule that does not meet clients whom it names: these clients, and the paths on which they are hidden."""

    rule: AppliedRule
    naming: Naming
    clients: AddressSet
    paths: tuple[Path, ...]

    def finding(self, case: Case, severity: Severity, effect: str) -> Finding:
        """The finding; `effect` says what happens instead, such as `kept out of`."""
        rule, naming = self.rule, self.naming
        return Finding(
            severity,
            f"{rule.kind} {rule.policy}",
            f"{rule.title} {naming.verb} {listed(naming.ranges)}, but by {entries(self.paths)} of Service {case.key} "
            f"Pods see {seen_instead(case, self.paths)}; {effect} {shares(self.paths)}: {said(case, self.clients)}.",
            (
                Evidence(f"{rule.kind} {rule.policy}", naming.path, ", ".join(naming.ranges)),
                *path_evidence(case, self.paths),
            ),
        )


def blind_rules(
    case: Case, names: Callable[[AppliedRule], Iterable[Naming]], harmed: Callable[[Fate], AddressSet]
) -> Iterator[Blind]:
    """The rules on the Pods that do not meet clients whom they name, to the harm of some.

    Raises CannotTell when there is none and something that may hide one is not known.
    """
    doubts: list[str] = []
    hits = False
    for rule in pod_rules(case):
        for naming in names(rule):
            fates = fates_of(case, rule, naming.ranges)
            doubts += [fate.doubt for fate in fates if fate.doubt]
            wrong = [(fate.hidden.paths, clients) for fate in fates if (clients := harmed(fate))]
            if wrong:
                hits = True
                paths = tuple(path for several, _ in wrong for path in several)
                yield Blind(rule, naming, together(clients for _, clients in wrong), paths)
    if hits:
        return
    need_all_policies(case)
    if pod_rules(case):
        need_certainty(ways_in(case))
    if doubts:
        raise CannotTell(doubts[0])


def ranges_of(rule: AppliedRule, verb: str) -> Iterator[Naming]:
    """What the blocks of a rule name."""
    for block in rule.blocks:
        yield Naming(block.path, (block.cidr,), verb)


def exceptions_of(rule: AppliedRule, verb: str) -> Iterator[Naming]:
    """What the blocks of a rule leave out by `except`."""
    for block in rule.blocks:
        if block.excluded:
            yield Naming(_field_path(block, "except"), block.excluded, verb)


def _field_path(block: Block, field: str) -> str:
    return f"{block.path.removesuffix('cidr')}{field}"
