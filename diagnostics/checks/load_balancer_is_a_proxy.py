"""AD068: the load balancer says that it ends connections itself."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_service, service_name
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD068",
    "Pods reach the load-balancer IP without leaving the cluster",
    severity=Severity.NOTE,
    needs=(Source.SERVICES,),
    applies=lambda case: bool(case.load_balancer_ips),
)
def load_balancer_is_a_proxy(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The load balancer set `ipMode: Proxy`: proxies on the Nodes, AntreaProxy since v2.0 among them, leave the address
    to it.

    ## Why it matters
    Pods and Nodes that dial the address leave the cluster, with their Node's address, and come back through the load
    balancer. DSR has no effect on the address. That outside clients may be hidden as well is what AD006 says.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```
    Look at `status.loadBalancer.ingress[].ipMode`.

    ## What to do
    Let Pods use the ClusterIP. Where the load balancer is needed on the way (TLS, PROXY protocol), leave it so.

    ## Sources
    antrea#6102, k8s:staging/src/k8s.io/api/core/v1/types.go LoadBalancerIPModeProxy.
    """
    for index, entry in enumerate(case.service.status.load_balancer.ingress):
        if entry.ip and entry.ip_mode == "Proxy":
            field = f"status.loadBalancer.ingress[{index}]"
            yield Finding(
                Severity.NOTE,
                service_name(case),
                f"Pods that dial {entry.ip} of Service {case.key} leave the cluster and come back through the load "
                "balancer, as it says ipMode Proxy: let them use the ClusterIP.",
                (of_service(case, f"{field}.ip", entry.ip), of_service(case, f"{field}.ipMode", entry.ip_mode)),
            )
