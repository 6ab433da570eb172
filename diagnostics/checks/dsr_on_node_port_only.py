"""AD034: DSR asked for a Service that is reached by NodePort alone."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_annotation, of_service, service_name
from diagnostics.checks.facts import ANTREA_SOURCES, annotated_dsr, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD034",
    "A Service that asks for DSR has an address that DSR can serve",
    severity=Severity.RISKY,
    needs=(Source.SERVICES,),
    also_reads=ANTREA_SOURCES,
    applies=lambda case: annotated_dsr(case) and antrea_may_be_here(case),
    remedies=("guard-nodeport", "to-load-balancer", "mend-annotation"),
)
def dsr_on_node_port_only(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The Service asks for DSR but has neither a load-balancer IP nor an external IP. DSR serves only connections whose
    destination is such an address when they arrive at a Node. NodePort and ClusterIP connections are never covered.

    ## Why it matters
    The annotation has no effect: Pods on other Nodes go on to see an address of the ingress Node. The same holds for
    front ends that forward to Node address and nodePort, as most cloud load balancers with a host name do.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```
    Look at `spec.externalIPs` and `status.loadBalancer.ingress[].ip`; an ingress with `hostname` only does not count.

    ## What to do
    Filter with an Antrea ClusterNetworkPolicy on the NodePort Service (remedy `guard-nodeport`), which sees the
    client before its address is rewritten; or give the Service an address of its own (type LoadBalancer with
    MetalLB, kube-vip or Antrea's ServiceExternalIP) and have clients use it.

    ## Sources
    antrea:docs/antrea-proxy.md, antrea:pkg/agent/proxy/proxier.go, antrea#5202, antrea#6344.
    """
    if case.external_addresses:
        return
    names = [entry.hostname for entry in case.service.status.load_balancer.ingress if entry.hostname]
    if case.service.spec.type != "LoadBalancer":
        address = of_service(case, "spec.type", case.service.spec.type)
        lack = "it has no load-balancer IP and no external IP"
    elif names:
        address = of_service(case, "status.loadBalancer.ingress[].hostname", ", ".join(names))
        lack = "its load balancer has a host name only and forwards to NodePorts"
    else:
        address = of_service(case, "status.loadBalancer.ingress", "empty")
        lack = "no load-balancer IP has been given to it yet"
    yield Finding(
        Severity.RISKY,
        service_name(case),
        f"Service {case.key} asks for DSR, but {lack}: the annotation has no effect.",
        (of_annotation(case), address, of_service(case, "spec.externalIPs", "empty")),
    )
