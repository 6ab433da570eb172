"""AD065: an address of the Service belongs to a Node."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_service, service_name
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here, proxy_all_on
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD065",
    "No address of the Service belongs to a Node while proxyAll is on",
    severity=Severity.BROKEN,
    needs=(Source.SERVICES, Source.NODES, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=ANTREA_SOURCES,
    applies=lambda case: bool(case.external_addresses) and antrea_may_be_here(case),
)
def service_ip_is_node_ip(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A load-balancer IP or external IP of the Service equals an address of a Node, as k3s ServiceLB, a shared VIP of
    kube-vip or a hand-written `externalIPs` make it, and proxyAll is configured or running.

    ## Why it matters
    Under proxyAll, since v2.1, every Node takes that address for a Service: it leaves connection tracking aside for
    it and routes it into OVS. Traffic between the Nodes, tunnels and answers to that Node can break (inferred from
    the code; antrea#8034 was one such case).

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT get nodes -o wide
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```

    ## What to do
    Give the Service an address that no Node owns, or keep proxyAll off. On k3s start the servers with
    `--disable servicelb` and use MetalLB or kube-vip with an address pool of its own.

    ## Sources
    antrea:pkg/agent/route/route_linux.go addExternalIPConfigsRoute, antrea#8034, antrea#6308.
    """
    owned = [
        (address, case.cluster.node_of_ip[address])
        for address in case.external_addresses
        if address in case.cluster.node_of_ip
    ]
    if not owned:
        return
    why = proxy_all_on(case)
    if not why:
        return
    lbs = set(case.load_balancer_ips)
    for address, node in owned:
        field = "status.loadBalancer.ingress[].ip" if address in lbs else "spec.externalIPs"
        yield Finding(
            Severity.BROKEN,
            service_name(case),
            f"{address} of Service {case.key} is an address of Node {node}: under proxyAll the other Nodes stop "
            "reaching that Node by it; give the Service an address that no Node owns.",
            (of_service(case, field, address), Evidence(f"Node {node}", "status.addresses", address), *why),
        )
