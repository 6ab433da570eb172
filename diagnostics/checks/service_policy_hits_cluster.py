"""AD054: a policy on the Service that drops Pods or Nodes of the cluster itself."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.checks.fates import ours
from diagnostics.checks.policies import POLICY_HINTS, guarding_rules, may_be_guarded, of_rule
from diagnostics.datapath.addresses import OLD_HAIRPIN_IP, VIRTUAL_SERVICE_IP
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source
from diagnostics.policy.ranges import AddressSet
from diagnostics.policy.rules import Action, AppliedRule

_DENIES = (Action.DROP, Action.REJECT)


@check(
    "AD054",
    "Policies on the Service spare the Pods and Nodes of the cluster",
    severity=Severity.BROKEN,
    needs=(Source.SERVICES, Source.NODES, Source.CLUSTER_POLICIES, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *POLICY_HINTS),
    applies=lambda case: antrea_may_be_here(case) and may_be_guarded(case),
    remedies=("guard-nodeport",),
)
def service_policy_hits_cluster(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A rule that drops or rejects is applied to this Service, and its sources hold podCIDRs or Node addresses of the
    cluster that no earlier rule on the Service lets through. A Pod that uses the Service, be it by its ClusterIP, and
    lands on an endpoint of its own Node is asked too (inferred from the flows: all accesses of a Service share its
    group of endpoints).

    ## Why it matters
    Callers inside the cluster are dropped, by chance of where the endpoint runs.

    ## How to verify
    ```
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT get nodes -o custom-columns=NODE:.metadata.name,PODCIDR:.spec.podCIDR
    ```

    ## What to do
    Put the podCIDRs and Node addresses into `except` of the rule (Antrea v2.2 and later), or before it a rule with
    action `Pass` for them. `guard-nodeport` writes such a policy.

    ## Sources
    antrea:docs/antrea-network-policy.md "Apply to NodePort Service",
    antrea:pkg/agent/controller/networkpolicy/pod_reconciler.go getSvcGroupIDs.
    """
    left = AddressSet.everything()
    callers = ours(case) - AddressSet.of((*VIRTUAL_SERVICE_IP.values(), *OLD_HAIRPIN_IP.values()))
    unsure = ""
    hits = False
    for rule in guarding_rules(case):
        meant = AddressSet.everything() if rule.any_source else rule.sources.addresses
        hit = meant & left & callers if rule.action in _DENIES else AddressSet.nothing()
        if hit and rule.tier_priority is None:
            unsure = f"The priority of Tier {rule.tier} is not known: rules that spare the cluster may come first."
        elif hit:
            hits = True
            yield _finding(case, rule, hit)
        if rule.ports.every and rule.action is not Action.UNKNOWN and not rule.needs_payload:
            left -= meant
    if unsure and not hits:
        raise CannotTell(unsure)


def _finding(case: Case, rule: AppliedRule, hit: AddressSet) -> Finding:
    sources = tuple(Evidence(f"{rule.kind} {rule.policy}", block.path, str(block)) for block in rule.blocks)
    return Finding(
        Severity.BROKEN,
        f"{rule.kind} {rule.policy}",
        f"{rule.title} on Service {case.key} also keeps out {listed(hit.cidrs)}, which are Pods and Nodes of this "
        "cluster: callers inside are dropped at endpoints of their own Node; spare these ranges with except.",
        (of_rule(rule, "action", rule.action.value), *sources),
    )
