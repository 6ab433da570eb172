"""AD037: kube-proxy takes the addresses that DSR should serve."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed, of_annotation, of_kube_proxy, service_name
from diagnostics.checks.facts import antrea_may_be_here, linux_running
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, entries, need_handlers, nodes_of, ways_in
from diagnostics.datapath.dsr import dsr_asked_for
from diagnostics.datapath.path import AccessKind, Handler
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity


@check(
    "AD037",
    "kube-proxy leaves the addresses that DSR serves to AntreaProxy",
    severity=Severity.BROKEN,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=lambda case: (
        antrea_may_be_here(case) and bool(case.external_addresses) and dsr_asked_for(case) is not False
    ),
    remedies=("remove-kube-proxy", "mend-annotation"),
)
def dsr_behind_kube_proxy(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    DSR is asked for and proxyAll runs, but kube-proxy still handles the load-balancer or external IPs. Before Antrea
    v2.1 its rules come first as long as it, or what it left behind, is there; in ipvs mode in any release. A Service
    that AntreaProxy is told to skip stays with kube-proxy as well.

    ## Why it matters
    Clients stay hidden although all settings of Antrea look right. Left-over rules of kube-proxy may also drop the
    answers of DSR as invalid.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get daemonsets.apps kube-proxy
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o custom-columns=NODE:.metadata.name,VERSION:.version
    ```

    ## What to do
    Upgrade Antrea to v2.1 or later, where proxyAll goes first beside kube-proxy in iptables mode. Or remove kube-proxy
    with its rules, after setting `kubeAPIServerOverride`.

    ## Sources
    antrea:docs/antrea-proxy.md, antrea:pkg/agent/route/route_linux.go, antrea#6232, antrea#6308.
    """
    paths = [path for path in ways_in(case) if path.access.kind is not AccessKind.NODE_PORT]
    running = {node for node, run in linux_running(case).items() if run.proxy_all}
    taken = [
        path
        for path in paths
        if path.handler is Handler.KUBE_PROXY and running.intersection((path.ingress, *path.twins))
    ]
    if not taken:
        need_handlers(paths)
        return
    nodes = [node for node in nodes_of(taken) if node in running]
    versions = [
        Evidence(f"AntreaAgentInfo {node}", "version", case.cluster.running[node].version or "not reported")
        for node in nodes[:2]
    ]
    yield Finding(
        Severity.BROKEN,
        service_name(case),
        f"DSR is asked for Service {case.key}, but kube-proxy handles {entries(taken)} on {listed(nodes)}: "
        "upgrade Antrea to v2.1 or later, or remove kube-proxy.",
        (of_annotation(case), of_kube_proxy(case), *versions),
    )
