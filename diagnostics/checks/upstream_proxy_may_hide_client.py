"""AD006: a front end may have replaced the client's address before the cluster sees it."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_service, service_name
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD006",
    "No front end is known to replace the client's address before the cluster",
    severity=Severity.RISKY,
    needs=(Source.SERVICES,),
    applies=lambda case: case.service.spec.type == "LoadBalancer",
)
def upstream_proxy_may_hide_client(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The load balancer has given the Service a host name, or says `ipMode: Proxy`. Such front ends forward to Node
    address and nodePort, and many open a connection of their own: the cluster then sees the load balancer's address.

    ## Why it matters
    What happened before the packet reached a Node cannot be undone in the cluster. DSR, Local policy and policies on
    the NodePort then keep and compare the load balancer's address.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```
    Look at `status.loadBalancer.ingress[]`: `hostname` and `ipMode`. Then compare the source that a backend on the
    ingress Node logs with the address of a known client.

    ## What to do
    Ask the load balancer's owner whether it keeps the client's address (for AWS NLB: target group attribute
    `preserve_client_ip.enabled`). If it does not, use PROXY protocol or `X-Forwarded-For` and have the application
    read it.

    ## Sources
    k8s:staging/src/k8s.io/api/core/v1/types.go LoadBalancerIPModeProxy, antrea#6102,
    antrea:third_party/proxy/serviceport.go.
    """
    for index, entry in enumerate(case.service.status.load_balancer.ingress):
        field = f"status.loadBalancer.ingress[{index}]"
        if entry.ip_mode == "Proxy":
            yield Finding(
                Severity.RISKY,
                service_name(case),
                f"The load balancer of Service {case.key} at {entry.ip or entry.hostname} says that it is a proxy: it "
                "may replace the client's address; ask its owner for PROXY protocol or X-Forwarded-For.",
                (of_service(case, f"{field}.ipMode", entry.ip_mode),),
            )
        elif entry.hostname and not entry.ip:
            yield Finding(
                Severity.RISKY,
                service_name(case),
                f"The load balancer of Service {case.key} has a host name only ({entry.hostname}): it forwards to "
                "NodePorts and may replace the client's address; ask its owner whether it keeps it.",
                (of_service(case, f"{field}.hostname", entry.hostname),),
            )
