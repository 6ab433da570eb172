"""AD005: an address of the Service that no proxy serves."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed, of_kube_proxy, of_tables, service_name
from diagnostics.checks.paths import (
    PATH_HINTS,
    PATH_SOURCES,
    entries,
    is_exposed,
    need_handlers,
    nodes_of,
    path_evidence,
    ways_in,
)
from diagnostics.datapath.path import Outcome
from diagnostics.model.antrea import PROXY_ALL_TABLE
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity


@check(
    "AD005",
    "Some proxy serves every outside address of the Service",
    severity=Severity.BROKEN,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=is_exposed,
    remedies=("enable-proxy-all",),
)
def no_handler(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    On some Node neither kube-proxy nor AntreaProxy programmes an outside address of this Service. Mostly kube-proxy
    was removed and proxyAll does not run; or AntreaProxy was told to skip the Service or that address.

    ## Why it matters
    Connections to that address time out or are refused on that Node.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get daemonsets.apps kube-proxy
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    ```
    An agent with proxyAll lists `NodePortMark` in `ovsInfo.flowTable`. Look at `antreaProxy.skipServices`,
    `serviceProxyName`, `proxyLoadBalancerIPs` and `nodePortAddresses` too.

    ## What to do
    Set `antreaProxy.proxyAll: true` and restart the agents, or bring kube-proxy back. If the Service is skipped on
    purpose, its own proxy must run on every Node.

    ## Sources
    antrea:docs/antrea-proxy.md, antrea:pkg/agent/proxy/proxier.go installServiceFlows, antrea#6308.
    """
    paths = ways_in(case)
    dead = [path for path in paths if path.outcome is Outcome.UNHANDLED]
    if not dead:
        need_handlers(paths)
        return
    nodes = nodes_of(dead)
    lacking = [node for node in nodes if node in case.cluster.running and case.cluster.running[node].proxy_all is False]
    where = f" on {listed(nodes)}" if nodes else ""
    yield Finding(
        Severity.BROKEN,
        service_name(case),
        f"Nobody serves {entries(dead)} of Service {case.key}{where}: turn on proxyAll or bring kube-proxy back.",
        (of_kube_proxy(case), *path_evidence(case, dead), *of_tables(lacking, PROXY_ALL_TABLE, there=False)),
    )
