"""AD058: a policy is applied to a Service that does not exist."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.policies import AntreaPolicy
from diagnostics.model.snapshot import Source


@check(
    "AD058",
    "Policies are applied to Services that exist",
    severity=Severity.RISKY,
    scope=Scope.CLUSTER,
    needs=(Source.CLUSTER_POLICIES,),
    also_reads=(Source.SERVICES, *ANTREA_SOURCES),
    applies=antrea_may_be_here,
)
def service_policy_names_no_service(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    An Antrea ClusterNetworkPolicy has `appliedTo.service` with a namespace and name that no Service has: a slip of the
    pen, or the Service was renamed or deleted. (A Service without NodePort is AD052.)

    ## Why it matters
    Antrea accepts the policy without looking for the Service. It guards nothing, and would come to life by surprise
    with a Service of that name.

    ## How to verify
    ```
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT -n NAMESPACE get services
    ```

    ## What to do
    Correct the name, or delete the policy:
    `kubectl --context CONTEXT delete clusternetworkpolicies.crd.antrea.io POLICY`.

    ## Sources
    antrea:pkg/controller/networkpolicy/validate.go, antrea:pkg/agent/controller/networkpolicy/pod_reconciler.go.
    """
    hits = False
    unread = ""
    for policy in case.snapshot.cluster_policies:
        for field, namespace, name in _references(policy):
            if f"{namespace}/{name}" in case.snapshot.service_by_key:
                continue
            gap = case.snapshot.gap(Source.SERVICES, namespace)
            if gap:
                unread = unread or gap.sentence
                continue
            hits = True
            yield Finding(
                Severity.RISKY,
                f"{policy.kind} {policy.metadata.key}",
                f"{policy.kind} {policy.metadata.key} is applied to Service {namespace}/{name}, which does not exist: "
                "it guards nothing; correct the name or delete it.",
                (
                    Evidence(f"{policy.kind} {policy.metadata.key}", field, f"{namespace}/{name}"),
                    Evidence(f"Service {namespace}/{name}", "metadata.name", "no such object"),
                ),
            )
    if unread and not hits:
        raise CannotTell(unread)


def _references(policy: AntreaPolicy) -> Iterator[tuple[str, str, str]]:
    """Field path, namespace and name of each Service that the policy or one of its rules is applied to."""
    places = [("spec", policy.spec.applied_to)]
    places += [(f"spec.ingress[{at}]", rule.applied_to) for at, rule in enumerate(policy.spec.ingress)]
    for path, applied_to in places:
        for at, entry in enumerate(applied_to):
            if entry.service:
                yield f"{path}.appliedTo[{at}].service", entry.service.namespace, entry.service.name
