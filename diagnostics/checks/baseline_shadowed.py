"""AD014: rules of a baseline tier that Pods never come to, because a NetworkPolicy isolates them."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import counted, listed
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.checks.policies import POLICY_HINTS, need_all_policies, of_rule, pod_rules
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source
from diagnostics.policy.rules import AppliedRule, Isolation, isolations
from diagnostics.policy.tiers import has_baseline


@check(
    "AD014",
    "Baseline rules are asked for the Pods they are applied to",
    severity=Severity.NOTE,
    needs=(Source.SERVICES, Source.SLICES, Source.NETWORK_POLICIES, Source.CLUSTER_POLICIES),
    also_reads=(*ANTREA_SOURCES, *POLICY_HINTS),
    applies=antrea_may_be_here,
)
def baseline_shadowed(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A rule of the tier `baseline` (or of a BaselineAdminNetworkPolicy, or of a policy.networking.k8s.io
    ClusterNetworkPolicy with tier `Baseline`) is applied to Pods that a Kubernetes NetworkPolicy isolates. Such Pods
    let in what some NetworkPolicy admits and drop the rest, so the baseline is never asked for them.

    ## Why it matters
    A baseline that drops is not needed there. One that allows does not help: it never rescues an isolated Pod.

    ## How to verify
    ```
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT -n NAMESPACE get networkpolicies.networking.k8s.io
    ```

    ## What to do
    Nothing, if it is meant as the default for Pods without NetworkPolicies. To let something in all the same, admit it
    in a NetworkPolicy, or put the rule in a tier that comes before.

    ## Sources
    antrea:docs/antrea-network-policy.md "Static tiers", antrea:pkg/controller/networkpolicy/tier.go.
    """
    unsure = ""
    hits = False
    baseline = [rule for rule in pod_rules(case) if rule.is_baseline] if has_baseline(case) else []
    isolating = case.once(isolations) if baseline else ()
    for rule in baseline:
        shadowing = [item for item in isolating if item.pods & set(rule.pods)]
        shadowed = {pod for item in shadowing for pod in item.pods} & set(rule.pods)
        if shadowed:
            hits = True
            yield _finding(case, rule, shadowing, len(shadowed))
        elif rule.perhaps or any(item.perhaps & set(rule.pods) for item in isolating):
            unsure = "; ".join((*rule.missing, *(text for item in isolating for text in item.missing)))
    if hits:
        return
    need_all_policies(case)
    if unsure:
        raise CannotTell(f"It would have to be known: {unsure}.")


def _finding(case: Case, rule: AppliedRule, shadowing: list[Isolation], shadowed: int) -> Finding:
    policies = [item.policy for item in shadowing]
    return Finding(
        Severity.NOTE,
        f"{rule.kind} {rule.policy}",
        f"{rule.title} is asked after NetworkPolicies, and {listed(policies)} isolates "
        f"{shadowed} of {counted(len(rule.pods), 'Pod')} of Service {case.key} that it is applied to: "
        "it does nothing there; admit clients in the NetworkPolicy.",
        (
            of_rule(rule, "action", rule.action.value),
            *(Evidence(f"NetworkPolicy {policy}", "spec.policyTypes", "Ingress") for policy in policies),
        ),
    )
