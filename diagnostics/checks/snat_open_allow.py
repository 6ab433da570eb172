"""AD012: rules that let everybody in through an address of the cluster."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.fates import (
    Fate,
    Hidden,
    concerns,
    example_of,
    fate,
    hidden_ways,
    named_addresses,
    outsiders,
    said,
    strangers,
    together,
    visible,
)
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
from diagnostics.policy.judge import judge
from diagnostics.policy.rules import KUBERNETES, Action, AppliedRule


@check(
    "AD012",
    "No rule lets everybody in through an address of the cluster",
    severity=Severity.BROKEN,
    needs=PATH_SOURCES,
    also_reads=(*PATH_HINTS, *POLICY_HINTS),
    applies=is_exposed,
    remedies=("guard-nodeport", "use-dsr", "mend-policy"),
)
def snat_open_allow(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A rule on the Pods admits a range that holds an address of a Node, of its `antrea-gw0`, or a whole podCIDR, and
    clients of this Service appear with that very address. The rule admits them all, whoever they are, and no policy
    on the Service keeps them out before.

    ## Why it matters
    The policy looks like a filter and is none: everybody who can reach the port of a Node gets in.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get networkpolicies.networking.k8s.io POLICY -o yaml
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT get nodes -o custom-columns=NODE:.metadata.name,PODCIDR:.spec.podCIDR
    ```
    Connect from a client outside that no rule names.

    ## What to do
    Filter at the NodePort Service, where the client is still known (`guard-nodeport`); the rule on the Pods may then
    stay. Or keep the client's address (`use-dsr`) and remove the cluster's addresses from the rule. Do not remove
    them before: clients that should get in come by them too.

    ## Sources
    antrea:docs/design/ovs-pipeline.md, antrea:pkg/agent/openflow/network_policy.go, antrea#280.
    """
    hits = False
    doubts: list[str] = []
    fates = [fate(case, hidden, outsiders(case, hidden.family)) for hidden in hidden_ways(case)]
    for rule in pod_rules(case):
        asked = [answer for answer in fates if _may_admit(case, rule, answer.hidden)]
        doubts += [answer.doubt for answer in asked if answer.doubt]
        wrong = [answer for answer in asked if _is_blamed(case, rule, answer)]
        if wrong:
            hits = True
            yield _finding(case, rule, wrong)
    if hits:
        return
    need_all_policies(case)
    if pod_rules(case):
        need_certainty(ways_in(case))
    if doubts:
        raise CannotTell(doubts[0])


def _may_admit(case: Case, rule: AppliedRule, hidden: Hidden) -> bool:
    """Whether the rule admits, or may admit, an address of ours that stands for a client on the paths."""
    if rule.action is not Action.ALLOW or not concerns(rule, hidden.paths[0]):
        return False
    ours = (named_addresses(rule, hidden.family) & visible(case)).family(hidden.family)
    return bool(ours or rule.unknown_peers)


def _is_blamed(case: Case, rule: AppliedRule, answer: Fate) -> bool:
    """Whether it is this rule that lets in clients whom no rule names; all that match of Kubernetes, without order."""
    family = answer.hidden.family
    client = example_of(answer.wrongly_allowed & strangers(case, family), family)
    if not client:
        return False
    return rule.kind == KUBERNETES or rule.title in judge(case, answer.hidden.paths[0], client).decided_by


def _finding(case: Case, rule: AppliedRule, wrong: list[Fate]) -> Finding:
    paths = [path for answer in wrong for path in answer.hidden.paths]
    clients = together(answer.wrongly_allowed for answer in wrong)
    admitted = rule.sources.addresses & visible(case)
    return Finding(
        Severity.BROKEN,
        f"{rule.kind} {rule.policy}",
        f"{rule.title} admits {said(case, clients)} by {entries(paths)} of Service {case.key} to {shares(paths)}: "
        f"its range holds {listed(admitted.cidrs)}, and clients appear as {seen_instead(case, paths)}.",
        (
            *(Evidence(f"{rule.kind} {rule.policy}", block.path, str(block)) for block in rule.blocks),
            *path_evidence(case, paths),
        ),
    )
