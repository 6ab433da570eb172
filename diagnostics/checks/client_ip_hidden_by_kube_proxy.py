"""AD001: kube-proxy replaces the client's address."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_kube_proxy, service_name
from diagnostics.checks.paths import (
    PATH_HINTS,
    PATH_SOURCES,
    entries,
    hidden_by_kube_proxy,
    is_exposed,
    need_certainty,
    path_evidence,
    seen_instead,
    shares,
    ways_in,
)
from diagnostics.datapath.path import Handler
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity


@check(
    "AD001",
    "kube-proxy hides no client from the Pods",
    severity=Severity.RISKY,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=is_exposed,
    remedies=("use-dsr", "guard-nodeport", "local-policy", "enable-proxy-all"),
)
def client_ip_hidden_by_kube_proxy(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    kube-proxy handles the addresses of this Service that are meant for outside clients, and
    `externalTrafficPolicy` is `Cluster`. kube-proxy then replaces the source of every connection, even if the
    endpoint runs on the very Node that the client dialled (SNAT point S1).

    ## Why it matters
    Applications log, and policies of the Pods compare, an address of the ingress Node: that of `antrea-gw0` in encap
    mode, the Node's own in noEncap mode. A rule for a client's range cannot match, and a rule that admits the
    Node's address admits everybody.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT -n kube-system get daemonsets.apps kube-proxy
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    Agents that list no `NodePortMark` in `ovsInfo.flowTable` leave these addresses to kube-proxy. The first address
    of a Node's `spec.podCIDR` is that of its `antrea-gw0`; compare it with what the application logs.

    ## What to do
    Have AntreaProxy handle the addresses (`antreaProxy.proxyAll`) and use DSR for load-balancer IPs (`use-dsr`) or
    filter on the NodePort Service, where the client is still known (`guard-nodeport`). Or set
    `externalTrafficPolicy: Local`, after making sure that clients only reach Nodes with an endpoint.

    ## Sources
    k8s:pkg/proxy/iptables/proxier.go, k8s:pkg/proxy/nftables/proxier.go, antrea:docs/antrea-proxy.md, antrea#280,
    antrea#1816. Measured with the real kube-proxy 1.36.
    """
    paths = ways_in(case)
    hidden = [path for path in paths if hidden_by_kube_proxy(path)]
    if not hidden:
        need_certainty(path for path in paths if path.handler is not Handler.ANTREA_PROXY)
        return
    yield Finding(
        Severity.RISKY,
        service_name(case),
        f"kube-proxy hides the clients of Service {case.key} by {entries(hidden)}: {shares(hidden)} see "
        f"{seen_instead(case, hidden)} instead.",
        (of_kube_proxy(case), *path_evidence(case, hidden)),
    )
