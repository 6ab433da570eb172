"""AD011: rules that should keep clients out and never see them."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, is_exposed
from diagnostics.checks.policies import POLICY_HINTS
from diagnostics.checks.snat_blind import KEEPS_OUT, Naming, blind_rules, exceptions_of, ranges_of
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.policy.rules import Action, AppliedRule


@check(
    "AD011",
    "Rules that keep client ranges out can see these clients",
    severity=Severity.RISKY,
    needs=PATH_SOURCES,
    also_reads=(*PATH_HINTS, *POLICY_HINTS),
    applies=is_exposed,
    remedies=("use-dsr", "guard-nodeport", "local-policy", "mend-policy"),
)
def snat_blind_deny(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A rule on the Pods drops or rejects a client range, or an allowing rule leaves one out with `except`, but on some
    paths the client's address is replaced before the rule is asked. There the rule never matches these clients.

    ## Why it matters
    Clients that somebody decided to keep out get in, and nothing tells so.

    ## How to verify
    ```
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT -n NAMESPACE get networkpolicies.networking.k8s.io POLICY -o yaml
    kubectl --context CONTEXT get nodes -o custom-columns=NODE:.metadata.name,PODCIDR:.spec.podCIDR
    ```
    The first address of a podCIDR is what Pods see of clients that come in by that Node.

    ## What to do
    Keep the client's address (`use-dsr`, or `externalTrafficPolicy: Local`), or keep these clients out at the
    NodePort Service, where they are still known (`guard-nodeport`), or in front of the cluster.

    ## Sources
    antrea:docs/design/ovs-pipeline.md, antrea:pkg/agent/openflow/network_policy.go, antrea#280, antrea#1816.
    """
    for blind in blind_rules(case, _meant_to_fail, lambda fate: fate.wrongly_allowed):
        yield blind.finding(case, Severity.RISKY, "let in to")


def _meant_to_fail(rule: AppliedRule) -> Iterator[Naming]:
    """Ranges that the rule keeps out, be it by leaving them out."""
    if rule.action in KEEPS_OUT:
        yield from ranges_of(rule, "keeps out")
    elif rule.action is Action.ALLOW:
        yield from exceptions_of(rule, "leaves out")
