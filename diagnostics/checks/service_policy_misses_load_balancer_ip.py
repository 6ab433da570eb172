"""AD053: a policy on the Service does not see all that comes by the load-balancer IP."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, entries, need_certainty, path_evidence, shares, ways_in
from diagnostics.checks.policies import (
    POLICY_HINTS,
    applied_to_service,
    guarding_rules,
    may_be_guarded,
    of_policy,
    policies_of,
)
from diagnostics.datapath.path import AccessKind, Handler, Outcome, Place
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD053",
    "Policies on the Service see every connection to its load-balancer and external IPs",
    severity=Severity.RISKY,
    needs=(*PATH_SOURCES, Source.CLUSTER_POLICIES),
    also_reads=(*PATH_HINTS, *ANTREA_SOURCES, *POLICY_HINTS),
    applies=lambda case: antrea_may_be_here(case) and bool(case.external_addresses) and may_be_guarded(case),
    remedies=("use-dsr", "local-policy"),
)
def service_policy_misses_load_balancer_ip(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    An Antrea ClusterNetworkPolicy is applied to this Service, and the Service has a load-balancer IP or external IP.
    Such a policy guards the NodePort. Connections to the other addresses meet it only if their endpoint runs on the
    Node that they enter by; in NAT mode the rest passes it by (inferred from the flow tables).

    ## Why it matters
    Whom the policy keeps out at the NodePort may get in by the load-balancer IP, by chance of the endpoint.

    ## How to verify
    ```
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```
    Dial the load-balancer IP several times from a client that the policy keeps out.

    ## What to do
    Use DSR for the address (`use-dsr`), so that policies of the Pods see the client, and filter there as well. Or
    filter in the load balancer.

    ## Sources
    antrea:docs/antrea-network-policy.md "Apply to NodePort Service",
    antrea:pkg/agent/openflow/pipeline.go ingressClassifierFlows.
    """
    ways = [path for path in ways_in(case) if path.access.kind is not AccessKind.NODE_PORT]
    missed = [
        path
        for path in ways
        if path.outcome is Outcome.DELIVERED
        and not path.direct_return
        and (path.handler is Handler.KUBE_PROXY or path.endpoint.place is Place.REMOTE)
    ]
    if not missed:
        need_certainty(ways)
        return
    for policy in policies_of(guarding_rules(case)):
        yield Finding(
            Severity.RISKY,
            f"Antrea ClusterNetworkPolicy {policy}",
            f"Antrea ClusterNetworkPolicy {policy} on Service {case.key} does not see connections to "
            f"{entries(missed)} for {shares(missed)}: filter those at the Pods, with DSR, or in the load balancer.",
            (of_policy(policy, applied_to_service(case, policy), case.key), *path_evidence(case, missed)),
        )
