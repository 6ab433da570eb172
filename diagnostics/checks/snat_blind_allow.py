"""AD010: rules that should let clients in and keep them out, because they never see them."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, is_exposed
from diagnostics.checks.policies import POLICY_HINTS
from diagnostics.checks.snat_blind import KEEPS_OUT, LETS_IN, Naming, blind_rules, exceptions_of, ranges_of
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.policy.rules import AppliedRule


@check(
    "AD010",
    "Rules that let client ranges in can see these clients",
    severity=Severity.BROKEN,
    needs=PATH_SOURCES,
    also_reads=(*PATH_HINTS, *POLICY_HINTS),
    applies=is_exposed,
    remedies=("use-dsr", "guard-nodeport", "local-policy", "mend-policy"),
)
def snat_blind_allow(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A rule on the Pods lets a client range in (or spares it with `except` from being dropped), but on some paths the
    client's address is replaced before the rule is asked. The range holds none of the addresses that are seen there,
    so the rule does not match, and the clients it means are kept out.

    ## Why it matters
    The clients that the rule was written for cannot connect; where AntreaProxy hides only some connections, it works
    now and then. The usual emergency mend, to admit the Node's or gateway's address, admits everybody (AD012).

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get networkpolicies.networking.k8s.io POLICY -o yaml
    kubectl --context CONTEXT get clusternetworkpolicies.crd.antrea.io POLICY -o yaml
    kubectl --context CONTEXT get nodes -o custom-columns=NODE:.metadata.name,PODCIDR:.spec.podCIDR
    ```
    The first address of a podCIDR is what Pods see of clients that come in by that Node. Compare it with `ipBlock`.

    ## What to do
    Keep the client's address (`use-dsr`, or `externalTrafficPolicy: Local`), or filter on the NodePort Service, where
    it is still known, and widen the policy of the Pods in the same step (`guard-nodeport`).

    ## Sources
    antrea:docs/design/ovs-pipeline.md, antrea:pkg/agent/openflow/network_policy.go, antrea#280, antrea#1816.
    """
    for blind in blind_rules(case, _meant_to_pass, lambda fate: fate.wrongly_denied):
        yield blind.finding(case, Severity.BROKEN, "kept out of")


def _meant_to_pass(rule: AppliedRule) -> Iterator[Naming]:
    """Ranges that the rule lets in, or spares from being dropped."""
    if rule.action in LETS_IN:
        yield from ranges_of(rule, "lets in")
    elif rule.action in KEEPS_OUT:
        yield from exceptions_of(rule, "spares")
