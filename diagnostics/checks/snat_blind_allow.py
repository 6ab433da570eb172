"""AD010: rules that should let clients in and keep them out, because they never see them."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.fates import Fate, fates_of, field_path, said, together
from diagnostics.checks.paths import (
    PATH_HINTS,
    PATH_SOURCES,
    entries,
    is_exposed,
    need_certainty,
    path_evidence,
    seen_instead,
    shares,
    ways_in,
)
from diagnostics.checks.policies import POLICY_HINTS, need_all_policies, pod_rules
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.policy.rules import Action, AppliedRule
from diagnostics.policy.sources import Block

LETS_IN = (Action.ALLOW, Action.PASS)
KEEPS_OUT = (Action.DROP, Action.REJECT)


@check(
    "AD010",
    "Rules that let client ranges in can see these clients",
    severity=Severity.BROKEN,
    needs=PATH_SOURCES,
    also_reads=(*PATH_HINTS, *POLICY_HINTS),
    applies=is_exposed,
    remedies=("use-dsr", "guard-nodeport"),
)
def snat_blind_allow(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A rule on the Pods lets a client range in (or spares it with `except` from being dropped), but on some paths the
    client's address is replaced before the rule is asked. The range holds none of the addresses that are seen there,
    so the rule does not match, and the clients it means are kept out.

    ## Why it matters
    The clients that the rule was written for cannot connect; where AntreaProxy hides only some connections, it works
    now and then. The usual emergency mend, to admit the Node's or gateway's address, admits everybody (AD012).

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get networkpolicies.networking.k8s.io POLICY -o yaml
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT get nodes -o custom-columns=NODE:.metadata.name,PODCIDR:.spec.podCIDR
    ```
    The first address of a podCIDR is what Pods see of clients that come in by that Node. Compare it with `ipBlock`.

    ## What to do
    Keep the client's address (`use-dsr`, or `externalTrafficPolicy: Local`), or filter on the NodePort Service, where
    it is still known, and widen the policy of the Pods in the same step (`guard-nodeport`).

    ## Sources
    antrea:docs/design/ovs-pipeline.md, antrea:pkg/agent/openflow/network_policy.go, antrea#280, antrea#1816.
    """
    doubts: list[str] = []
    hits = False
    for rule in pod_rules(case):
        for block, field, ranges in _meant_to_pass(rule):
            fates = fates_of(case, rule, ranges)
            wrong = [answer for answer in fates if answer.wrongly_denied]
            doubts += [answer.doubt for answer in fates if answer.doubt]
            if wrong:
                hits = True
                yield _finding(case, rule, block, field, wrong)
    if hits:
        return
    need_all_policies(case)
    if pod_rules(case):
        need_certainty(ways_in(case))
    if doubts:
        raise CannotTell(doubts[0])


def _meant_to_pass(rule: AppliedRule) -> Iterator[tuple[Block, str, tuple[str, ...]]]:
    """Ranges that the rule lets in, or spares from being dropped, with the field they stand in."""
    for block in rule.blocks:
        if rule.action in LETS_IN:
            yield block, "cidr", (block.cidr,)
        elif rule.action in KEEPS_OUT and block.excluded:
            yield block, "except", block.excluded


def _finding(case: Case, rule: AppliedRule, block: Block, field: str, wrong: list[Fate]) -> Finding:
    paths = [answer.path for answer in wrong]
    clients = together(answer.wrongly_denied for answer in wrong)
    ranges = (block.cidr,) if field == "cidr" else block.excluded
    verb = "lets in" if field == "cidr" else "spares"
    return Finding(
        Severity.BROKEN,
        f"{rule.kind} {rule.policy}",
        f"{rule.title} {verb} {listed(ranges)}, but by {entries(paths)} of Service {case.key} Pods see "
        f"{seen_instead(case, paths)}; kept out of {shares(paths)}: {said(case, clients)}.",
        (
            Evidence(f"{rule.kind} {rule.policy}", field_path(block, field), ", ".join(ranges)),
            *path_evidence(case, paths),
        ),
    )
