"""AD052: a policy on a Service that has no NodePort."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_service
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.checks.policies import (
    POLICY_HINTS,
    applied_to_service,
    guarding_rules,
    may_be_guarded,
    of_policy,
    policies_of,
)
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD052",
    "Policies on the Service have a NodePort to guard",
    severity=Severity.RISKY,
    needs=(Source.SERVICES, Source.CLUSTER_POLICIES),
    also_reads=(*ANTREA_SOURCES, *POLICY_HINTS),
    applies=lambda case: antrea_may_be_here(case) and may_be_guarded(case),
)
def service_policy_without_node_port(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    An Antrea ClusterNetworkPolicy has `appliedTo.service` with this Service, and the Service has no NodePort: it is of
    type ClusterIP, or a LoadBalancer with `allocateLoadBalancerNodePorts: false`.

    ## Why it matters
    Antrea accepts such a policy without checking the Service's type. It guards nothing that clients outside use, and
    may hit Pods of the cluster that use the ClusterIP and land on an endpoint of their own Node (inferred).

    ## How to verify
    ```
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```

    ## What to do
    Apply the policy to the Pods instead, or to the Service that has the NodePort.

    ## Sources
    antrea:docs/antrea-network-policy.md "Apply to NodePort Service",
    antrea:pkg/controller/networkpolicy/validate.go, antrea:pkg/apis/crd/v1beta1/types.go AppliedTo.
    """
    if case.node_ports:
        return
    for policy in policies_of(guarding_rules(case)):
        yield Finding(
            Severity.RISKY,
            f"Antrea ClusterNetworkPolicy {policy}",
            f"Antrea ClusterNetworkPolicy {policy} is applied to Service {case.key}, which has no NodePort: "
            "it guards no way in from outside; apply it to the Pods.",
            (
                of_policy(policy, applied_to_service(case, policy), case.key),
                of_service(case, "spec.type", case.service.spec.type),
                of_service(case, "spec.ports[].nodePort", "none"),
            ),
        )
