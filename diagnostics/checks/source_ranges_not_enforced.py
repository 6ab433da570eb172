"""AD069: loadBalancerSourceRanges that nobody enforces."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed, of_service, of_tables, service_name
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, entries, need_handlers, nodes_of, ways_in
from diagnostics.datapath.path import AccessKind, Handler
from diagnostics.model.antrea import PROXY_ALL_TABLE
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity


@check(
    "AD069",
    "loadBalancerSourceRanges are enforced",
    severity=Severity.BROKEN,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=lambda case: bool(case.load_balancer_ips) and bool(case.service.spec.load_balancer_source_ranges),
    remedies=("guard-nodeport",),
)
def source_ranges_not_enforced(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The Service limits who may use its load-balancer IP with `loadBalancerSourceRanges`, and AntreaProxy handles that
    IP. AntreaProxy does not implement the field, and the packets do not pass kube-proxy's firewall rules.

    ## Why it matters
    The Service is open to everybody who can reach the address, unless the load balancer itself filters. Turning
    proxyAll on, or removing kube-proxy, opens it without a word.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    Look at `spec.loadBalancerSourceRanges`, and for `NodePortMark` in `ovsInfo.flowTable`. Then dial the address
    from a client outside the ranges.

    ## What to do
    Filter where the client is still known: with DSR or Local policy by a NetworkPolicy on the Pods, for the NodePort
    by an Antrea ClusterNetworkPolicy on the Service (`guard-nodeport`), or in the load balancer itself. Or leave the
    Service to kube-proxy with `antreaProxy.skipServices`.

    ## Sources
    antrea#5493, antrea#6181, antrea:pkg/agent/proxy/proxier.go, antrea:pkg/agent/route/route_linux.go.
    """
    paths = [path for path in ways_in(case) if path.access.kind is AccessKind.LOAD_BALANCER]
    open_paths = [path for path in paths if path.handler is Handler.ANTREA_PROXY]
    if not open_paths:
        need_handlers(paths)
        return
    ranges = case.service.source_ranges
    nodes = nodes_of(open_paths)
    running = [node for node in nodes if node in case.cluster.running and case.cluster.running[node].proxy_all]
    yield Finding(
        Severity.BROKEN,
        service_name(case),
        f"Service {case.key} admits everybody at {entries(open_paths)}: AntreaProxy handles it on {listed(nodes)} and "
        f"does not enforce loadBalancerSourceRanges ({listed(ranges)}).",
        (
            of_service(case, "spec.loadBalancerSourceRanges", ", ".join(ranges)),
            of_service(case, "status.loadBalancer.ingress[].ip", ", ".join(case.load_balancer_ips)),
            *of_tables(running, PROXY_ALL_TABLE, there=True),
        ),
    )
