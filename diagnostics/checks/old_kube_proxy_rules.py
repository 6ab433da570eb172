"""AD045: rules of a kube-proxy that is gone may be left on the Nodes; the API does not tell."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_kube_proxy
from diagnostics.checks.facts import (
    ANTREA_SOURCES,
    KUBE_PROXY_SOURCES,
    antrea_may_be_here,
    kube_proxy_runs,
    proxy_all_on,
)
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD045",
    "No rules of an earlier kube-proxy can be left on the Nodes",
    severity=Severity.NOTE,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *KUBE_PROXY_SOURCES),
    applies=antrea_may_be_here,
)
def old_kube_proxy_rules(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A question that the API cannot answer. AntreaProxy serves all addresses alone, and kube-proxy is not there. If it
    was there before, its rules stay on the Nodes until they are cleaned or the Nodes restart.

    ## Why it matters
    Rules that nobody updates send connections to Pods that no longer exist: ClusterIPs dialled from Nodes fail more
    and more often, before v2.1 NodePorts too, and a leftover rule that drops INVALID packets breaks DSR.

    ## How to verify
    On a Node:
    ```
    iptables-save | grep -cE 'KUBE-(SERVICES|SVC|SEP|FORWARD)'
    ```
    It must print 0 (kubelet's own chains have other names). That kube-proxy is gone:
    `kubectl --context CONTEXT -n kube-system get daemonsets.apps`

    ## What to do
    Restart the Nodes one by one, or run `kube-proxy --cleanup` on each with kube-proxy's own image.

    ## Sources
    antrea:docs/antrea-proxy.md, k8s:cmd/kube-proxy/app/server_linux.go.
    """
    why = proxy_all_on(case)
    if why and not kube_proxy_runs(case):
        yield Finding(
            Severity.NOTE,
            "Nodes",
            "Are rules of an earlier kube-proxy left on the Nodes? AntreaProxy serves alone, and old rules would still "
            "catch packets: iptables-save | grep -cE 'KUBE-(SERVICES|SVC|SEP|FORWARD)' must print 0 on each Node.",
            (of_kube_proxy(case), *why),
        )
