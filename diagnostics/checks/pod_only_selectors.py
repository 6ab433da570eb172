"""AD013: policies of the Pods that admit Pods only, behind a Service for outside clients."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed, of_service
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.fates import concerns, example_of, outsiders
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, entries, is_exposed, need_certainty, ways_in
from diagnostics.checks.policies import POLICY_HINTS, need_all_policies, of_rule, pod_rules
from diagnostics.datapath.path import Outcome, Path
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.policy.admitted import admitted
from diagnostics.policy.judge import judge
from diagnostics.policy.rules import KUBERNETES, AppliedRule, isolations


@check(
    "AD013",
    "The NetworkPolicies of the Pods admit some client outside the cluster",
    severity=Severity.BROKEN,
    needs=PATH_SOURCES,
    also_reads=(*PATH_HINTS, *POLICY_HINTS),
    applies=is_exposed,
    remedies=("guard-nodeport", "mend-policy"),
)
def pod_only_selectors(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Kubernetes NetworkPolicies isolate the Pods behind this Service and admit by `podSelector` and
    `namespaceSelector` alone, or nobody, or only at other ports than the Service's target port. The Service is
    exposed, and clients outside are no Pods, neither by their own address nor by that of a Node.

    ## Why it matters
    Every connection from outside is dropped, while the probes of the kubelet go on to work and all looks healthy.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get networkpolicies.networking.k8s.io -o yaml
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```

    ## What to do
    Add an `ipBlock` for the clients. Which addresses it must hold depends on what the Pods see: the clients' own
    where they are kept, else those of the Nodes, which admits everybody (AD012) unless the NodePort Service is
    guarded. If nobody outside should get in, make the Service a ClusterIP Service.

    ## Sources
    antrea:docs/antrea-network-policy.md, antrea:docs/design/ovs-pipeline.md.
    """
    delivered = [path for path in ways_in(case) if path.outcome is Outcome.DELIVERED]
    shut = [path for path in delivered if case.once(isolations) and _is_shut(case, path)]
    if not shut:
        need_all_policies(case)
        if case.once(isolations):
            need_certainty(ways_in(case))
        for isolation in case.once(isolations):
            for missing in isolation.missing:
                raise CannotTell(f"It would have to be known: {missing}.")
        return
    isolating = [isolation.policy for isolation in case.once(isolations)]
    rules = [rule for rule in pod_rules(case) if rule.kind == KUBERNETES]
    selectors = [rule for rule in rules if _is_meant(rule, shut)]
    elsewhere = [rule for rule in rules if rule not in selectors]
    if selectors or not elsewhere:
        admits, to_do = "Pods only" if selectors else "nobody", "add an ipBlock for the clients"
    else:
        ports = listed(dict.fromkeys(f"{path.target_port}/{path.access.protocol}" for path in shut))
        admits, to_do = f"nobody at port {ports}", "add the port and an ipBlock for the clients"
    yield Finding(
        Severity.BROKEN,
        f"NetworkPolicy {isolating[0]}",
        f"NetworkPolicy {listed(isolating)} admits {admits} to the Pods of Service {case.key}: every client outside is "
        f"kept out by {entries(shut)}; {to_do}.",
        (
            *(Evidence(f"NetworkPolicy {rule.policy}", f"{rule.path}.from", "no ipBlock") for rule in selectors),
            *(of_rule(rule, "ports", str(rule.ports)) for rule in elsewhere),
            *(Evidence(f"NetworkPolicy {policy}", "spec.policyTypes", "Ingress") for policy in isolating),
            of_service(case, "spec.type", case.service.spec.type),
        ),
    )


def _is_meant(rule: AppliedRule, shut: list[Path]) -> bool:
    """Whether it speaks of the port; one for everybody that yet lets nobody in names a port that the Pods lack."""
    return not rule.any_source and any(concerns(rule, path) for path in shut)


def _is_shut(case: Case, path: Path) -> bool:
    """Whether isolation keeps out every client by this path, and no rule names any range."""
    rules = [rule for rule in pod_rules(case) if rule.kind == KUBERNETES and concerns(rule, path)]
    if any(rule.blocks or rule.unknown_peers for rule in rules):
        return False
    family = path.access.family
    outside, found = outsiders(case, family), admitted(case, path)
    if found is None or (found.let_in | found.sometimes | found.undecided) & outside:
        return False
    return judge(case, path, example_of(outside, family)).decided_by.startswith(KUBERNETES)
