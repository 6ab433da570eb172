"""AD066: proxyLoadBalancerIPs is off."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed, of_config, of_service, service_name
from diagnostics.checks.facts import ANTREA_SOURCES, agent_config, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD066",
    "AntreaProxy serves load-balancer IPs",
    severity=Severity.RISKY,
    needs=(Source.SERVICES, Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=ANTREA_SOURCES,
    applies=lambda case: bool(case.load_balancer_ips) and antrea_may_be_here(case),
)
def load_balancer_ips_left_alone(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    `antreaProxy.proxyLoadBalancerIPs` is false: AntreaProxy ignores load-balancer IPs of all Services, even with
    proxyAll. kube-proxy serves them, or nobody does.

    ## Why it matters
    DSR has no effect on them. Pods that dial the address leave the cluster with their Node's address, or with their
    Egress IP, and come back through the load balancer.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```

    ## What to do
    If the load balancer must see the traffic of Pods (TLS, PROXY protocol), leave it so and give up DSR. Else set
    `proxyLoadBalancerIPs: true` and restart the agents Node by Node.

    ## Sources
    antrea:build/charts/antrea/values.yaml proxyLoadBalancerIPs, antrea:pkg/agent/proxy/proxier.go.
    """
    if not agent_config(case).antrea_proxy.proxy_load_balancer_ips:
        addresses = case.load_balancer_ips
        yield Finding(
            Severity.RISKY,
            service_name(case),
            f"AntreaProxy ignores load-balancer IP {listed(addresses)} of Service {case.key}, as "
            "antreaProxy.proxyLoadBalancerIPs is false: DSR has no effect there.",
            (
                of_config(case.cluster.antrea, "antreaProxy.proxyLoadBalancerIPs", False),
                of_service(case, "status.loadBalancer.ingress[].ip", ", ".join(addresses)),
            ),
        )
