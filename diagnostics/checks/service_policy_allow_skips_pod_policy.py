"""AD056: Allow on the Service ends the evaluation before the policies of the Pods."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.checks.policies import POLICY_HINTS, guarding_rules, may_be_guarded, of_rule
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source
from diagnostics.policy.rules import Action


@check(
    "AD056",
    "Policies on the Service leave the last word to the policies of its Pods",
    severity=Severity.RISKY,
    needs=(Source.SERVICES, Source.CLUSTER_POLICIES),
    also_reads=(*ANTREA_SOURCES, *POLICY_HINTS),
    applies=lambda case: antrea_may_be_here(case) and may_be_guarded(case),
)
def service_policy_allow_skips_pod_policy(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A rule with action `Allow` in an Antrea ClusterNetworkPolicy is applied to this Service. `Allow` is final on the
    Node that the client dialled: if the endpoint runs there too, Kubernetes NetworkPolicies of the Pod are not asked
    any more. For an endpoint on another Node they are (inferred from the order of the tables).

    ## Why it matters
    The policies of the Pods hold for some connections and not for others, by chance of the endpoint.

    ## How to verify
    ```
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT -n NAMESPACE get networkpolicies.networking.k8s.io
    ```

    ## What to do
    Use `Pass` instead of `Allow`; or have no rule that admits, only one that drops everybody else: `Drop` from
    `0.0.0.0/0` with the admitted ranges in `except` (Antrea v2.2 and later).

    ## Sources
    antrea:docs/antrea-network-policy.md, antrea:pkg/agent/openflow/pipeline.go ingressClassifierFlows.
    """
    for rule in guarding_rules(case):
        if rule.action is Action.ALLOW:
            yield Finding(
                Severity.RISKY,
                f"{rule.kind} {rule.policy}",
                f"{rule.title} on Service {case.key} allows for good: on the endpoint's own Node the "
                "NetworkPolicies of the Pods are skipped; use Pass.",
                (of_rule(rule, "action", rule.action.value),),
            )
