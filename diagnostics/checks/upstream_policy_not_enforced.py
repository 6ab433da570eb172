"""AD016: policies of policy.networking.k8s.io that Antrea does not look at."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.model.antrea import CONTROLLER_CONFIG_KEY
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source
from diagnostics.policy.upstream_kinds import UPSTREAM_KINDS


@check(
    "AD016",
    "Antrea enforces the policies of policy.networking.k8s.io",
    severity=Severity.RISKY,
    scope=Scope.CLUSTER,
    needs=(Source.ADMIN_POLICIES, Source.BASELINE_ADMIN_POLICIES, Source.UPSTREAM_CLUSTER_POLICIES),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def upstream_policy_not_enforced(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    There is an AdminNetworkPolicy, BaselineAdminNetworkPolicy or policy.networking.k8s.io ClusterNetworkPolicy, and
    Antrea's controller has the feature gate off that it needs: `AdminNetworkPolicy` (since v1.13) for the first two,
    `ClusterNetworkPolicy` (since v2.7) for the last. Both are off by default.

    ## Why it matters
    The API server accepts the policy because its kind is installed. It does nothing.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    kubectl --context CONTEXT get clusternetworkpolicies.policy.networking.k8s.io
    kubectl --context CONTEXT get adminnetworkpolicies.policy.networking.k8s.io
    ```
    Look for `featureGates` in `antrea-controller.conf`.

    ## What to do
    Set the gate to true and restart the controller, or write an Antrea ClusterNetworkPolicy instead. v1alpha1 is
    deprecated: prefer the ClusterNetworkPolicy.

    ## Sources
    antrea:docs/admin-network-policy.md, antrea:docs/cluster-network-policy.md.
    """
    antrea = case.cluster.antrea
    unsure = ""
    for kind in UPSTREAM_KINDS:
        policies = kind.policies(case.snapshot)
        is_on = kind.is_on(antrea)
        if policies and is_on is None:
            unsure = f"Feature gate {kind.gate} of Antrea's controller is not known: {CONTROLLER_CONFIG_KEY} tells it."
        for policy in policies if is_on is False else ():
            too_old = antrea.at_least(kind.since) is False
            why = f"Antrea knows this kind since v{kind.since}" if too_old else f"its feature gate {kind.gate} is off"
            yield Finding(
                Severity.RISKY,
                f"{kind.name} {policy.metadata.key}",
                f"{kind.name} {policy.metadata.key} does nothing, because {why}: "
                "turn the gate on and restart the controller, or use an Antrea ClusterNetworkPolicy.",
                (
                    Evidence(f"{kind.name} {policy.metadata.key}", "spec.ingress", f"{len(policy.spec.ingress)} rules"),
                    Evidence(
                        f"DaemonSet {antrea.namespace}/antrea-agent" if too_old else f"Feature gate {kind.gate}",
                        "version" if too_old else f"{CONTROLLER_CONFIG_KEY} featureGates.{kind.gate}",
                        ", ".join(antrea.versions) if too_old else "false",
                    ),
                ),
            )
    if unsure:
        raise CannotTell(unsure)
