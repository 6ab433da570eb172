"""AD015: policies that only let clients in, while nothing keeps the others out."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import antrea_may_be_here
from diagnostics.checks.fates import FAMILIES, admitted_if_kept, concerns, outsiders, said, together
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, entries, need_certainty, path_evidence, ways_in
from diagnostics.checks.policies import POLICY_HINTS, need_all_policies
from diagnostics.datapath.path import AccessKind, Outcome, Path
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.policy.ranges import AddressSet
from diagnostics.policy.rules import KUBERNETES, Action, AppliedAt, AppliedRule, rules_on


@check(
    "AD015",
    "Policies that let named clients in keep the others out",
    severity=Severity.RISKY,
    needs=PATH_SOURCES,
    also_reads=(*PATH_HINTS, *POLICY_HINTS),
    applies=lambda case: case.is_exposed and antrea_may_be_here(case),
    remedies=("guard-nodeport",),
)
def allow_list_without_drop(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    An Antrea policy on this Service or its Pods has only rules that allow (or pass) ranges of clients, and no policy
    denies the rest. Antrea's policies have no implicit deny: what no rule matches goes on, and is let in at the end.
    This holds for the client's own address, whether it is hidden on the way or not.

    ## Why it matters
    It looks like a list of those who may come in, and everybody may.

    ## How to verify
    ```
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT -n NAMESPACE get networkpolicies.crd.antrea.io POLICY -o yaml
    ```
    Connect from an address that no rule names.

    ## What to do
    End the policy with a rule of action `Drop` from `0.0.0.0/0` (and `::/0`), or use one rule that drops everybody
    with the allowed ranges in `except` (Antrea v2.2 and later). On a Service spare Pods and Nodes too (AD054).

    ## Sources
    antrea:docs/antrea-network-policy.md "Rule enforcement based on priorities".
    """
    doubts = ""
    hits = False
    for rules in _allow_lists(case).values():
        named = together(rule.sources.addresses for rule in rules)
        open_ways, passing, unsure = _open(case, rules, named)
        doubts = doubts or unsure
        if open_ways:
            hits = True
            yield _finding(case, rules, named, open_ways, passing)
    if hits:
        return
    need_all_policies(case)
    if doubts:
        need_certainty(ways_in(case))
        raise CannotTell(doubts)


def _allow_lists(case: Case) -> dict[str, list[AppliedRule]]:
    """The rules of each policy of Antrea that names ranges and denies nobody here, by the policy's name."""
    by_policy: dict[str, list[AppliedRule]] = {}
    for rule in case.once(rules_on):
        if rule.kind != KUBERNETES:
            by_policy.setdefault(f"{rule.kind} {rule.policy}", []).append(rule)
    return {policy: rules for policy, rules in by_policy.items() if _is_allow_list(rules)}


def _is_allow_list(rules: list[AppliedRule]) -> bool:
    named = together(rule.sources.addresses for rule in rules)
    lets_in = all(rule.action in (Action.ALLOW, Action.PASS) and not rule.any_source for rule in rules)
    return lets_in and bool(named) and not any(named.covers_family(family) for family in FAMILIES)


def _open(case: Case, rules: list[AppliedRule], named: AddressSet) -> tuple[list[Path], AddressSet, str]:
    """Paths on which clients that no rule of the list names are let in, all these clients, and what is not known."""
    ways, passing, unsure = [], AddressSet.nothing(), ""
    for path in ways_in(case):
        family = path.access.family
        if not named.family(family) or not any(_is_asked(rule, path) for rule in rules):
            continue
        if path.outcome is Outcome.UNKNOWN:
            unsure = unsure or path.why
            continue
        found = admitted_if_kept(case, path)
        if found is None:
            continue
        others = outsiders(case, family) - named
        if found.let_in & others:
            ways.append(path)
            passing |= found.let_in & others
        elif found.undecided & others:
            unsure = f"What policies do with {listed((found.undecided & others).cidrs)} is not known for certain."
    return ways, passing, unsure


def _is_asked(rule: AppliedRule, path: Path) -> bool:
    on_way = rule.at is AppliedAt.POD or path.access.kind is AccessKind.NODE_PORT
    return on_way and concerns(rule, path)


def _finding(case: Case, rules: list[AppliedRule], named: AddressSet, ways: list[Path], passing: AddressSet) -> Finding:
    first = rules[0]
    return Finding(
        Severity.RISKY,
        f"{first.kind} {first.policy}",
        f"{first.kind} {first.policy} lets in {listed(named.cidrs)} and denies nobody, nor does another policy: by "
        f"{entries(ways)} of Service {case.key} {said(case, passing)} may come in too; add a last rule that drops.",
        (
            *(
                Evidence(f"{rule.kind} {rule.policy}", block.path, str(block))
                for rule in rules
                for block in rule.blocks
            ),
            *path_evidence(case, ways),
        ),
    )
