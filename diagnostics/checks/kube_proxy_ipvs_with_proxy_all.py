"""AD061: kube-proxy in ipvs mode beside proxyAll."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_kube_proxy_config
from diagnostics.checks.facts import (
    ANTREA_SOURCES,
    KUBE_PROXY_SOURCES,
    antrea_may_be_here,
    kube_proxy_mode,
    proxy_all_on,
)
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD061",
    "proxyAll does not run beside kube-proxy in ipvs mode",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *KUBE_PROXY_SOURCES),
    applies=antrea_may_be_here,
    remedies=("remove-kube-proxy",),
)
def kube_proxy_ipvs_with_proxy_all(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    kube-proxy runs in ipvs mode, which puts every load-balancer IP and external IP on a device of each Node, and
    Antrea's proxyAll takes connection tracking away from packets to the same addresses.

    ## Why it matters
    Such packets reach IPVS untracked, which is likely to break load-balancer IPs and external IPs (inferred from the
    code of both; nobody supports or tests this pair). NodePorts meet Antrea's rules first.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps kube-proxy -o yaml
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    On a Node `ip addr show kube-ipvs0` lists the addresses that IPVS has taken. Then dial a load-balancer IP.

    ## What to do
    Put kube-proxy into iptables mode and restart it and the Nodes, or remove kube-proxy, or turn proxyAll off. The
    ipvs mode is deprecated since Kubernetes v1.35 anyway.

    ## Sources
    antrea:docs/antrea-proxy.md, antrea:pkg/agent/route/route_linux.go addExternalIPConfigsRoute,
    k8s:pkg/proxy/ipvs/proxier.go.
    """
    why = proxy_all_on(case)
    if why and kube_proxy_mode(case) == "ipvs":
        yield Finding(
            Severity.BROKEN,
            f"ConfigMap {case.cluster.kube_proxy.config_map}",
            "kube-proxy in ipvs mode and proxyAll both take load-balancer IPs and external IPs, which is likely to "
            "break them: put kube-proxy into iptables mode, remove it, or turn proxyAll off.",
            (of_kube_proxy_config(case, "mode", "ipvs"), *why),
        )
