"""AD051: a policy on the Service whose NodePort kube-proxy takes before Antrea sees it."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed, of_kube_proxy
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, need_handlers, nodes_of, ways_in
from diagnostics.checks.policies import (
    POLICY_HINTS,
    applied_to_service,
    guarding_rules,
    may_be_guarded,
    of_policy,
    policies_of,
)
from diagnostics.datapath.path import AccessKind, Handler, Path
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD051",
    "kube-proxy leaves the guarded NodePorts to AntreaProxy",
    severity=Severity.BROKEN,
    needs=(*PATH_SOURCES, Source.CLUSTER_POLICIES),
    also_reads=(*PATH_HINTS, *ANTREA_SOURCES, *POLICY_HINTS),
    applies=lambda case: antrea_may_be_here(case) and may_be_guarded(case) and bool(case.node_ports),
    remedies=("remove-kube-proxy",),
)
def service_policy_behind_kube_proxy(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    An Antrea ClusterNetworkPolicy is applied to this Service and proxyAll runs, but kube-proxy runs too and is the
    first to take NodePort connections. That is so before Antrea v2.1, and later where the proxies do not use the same
    mechanism (see AD060 and AD061). (Without proxyAll it is AD050.)

    ## Why it matters
    Such connections never enter OVS as NodePort connections, so nobody is kept out, though the policy is `Realized`.

    ## How to verify
    ```
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    kubectl --context CONTEXT -n kube-system get daemonsets.apps kube-proxy
    ```

    ## What to do
    Upgrade Antrea to v2.1 or later, or remove kube-proxy after setting `kubeAPIServerOverride`.

    ## Sources
    antrea:docs/antrea-network-policy.md "Apply to NodePort Service", antrea:docs/antrea-proxy.md.
    """
    ways = [path for path in ways_in(case) if path.access.kind is AccessKind.NODE_PORT]
    nodes = [node for node in nodes_of(path for path in ways if _is_taken(path)) if _runs_proxy_all(case, node)]
    if not nodes:
        need_handlers(ways)
        return
    for policy in policies_of(guarding_rules(case)):
        yield Finding(
            Severity.BROKEN,
            f"Antrea ClusterNetworkPolicy {policy}",
            f"Antrea ClusterNetworkPolicy {policy} on Service {case.key} is not enforced on {listed(nodes)}: there "
            "kube-proxy takes NodePort connections first, and everybody gets in; upgrade Antrea or remove kube-proxy.",
            (
                of_policy(policy, applied_to_service(case, policy), case.key),
                of_kube_proxy(case),
                *(
                    Evidence(f"AntreaAgentInfo {node}", "version", case.cluster.running[node].version)
                    for node in nodes[:4]
                    if case.cluster.running[node].version
                ),
            ),
        )


def _is_taken(path: Path) -> bool:
    return path.handler is Handler.KUBE_PROXY


def _runs_proxy_all(case: Case, node: str) -> bool:
    return node in case.cluster.running and bool(case.cluster.running[node].proxy_all)
